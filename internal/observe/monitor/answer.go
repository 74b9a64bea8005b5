package monitor

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// patience is how long a request waits for its turn.
const patience = 10 * time.Second

var errBusy = errors.New("too many requests")

// document returns what serves the document that build makes, pretty printed.
func document(build func(*Handler, url.Values) (any, error)) func(*Handler, http.ResponseWriter, *http.Request) {
	return func(h *Handler, w http.ResponseWriter, r *http.Request) {
		body, err := h.make(r, func() ([]byte, error) {
			doc, err := build(h, r.URL.Query())
			if err != nil {
				return nil, err
			}
			return json.MarshalIndent(doc, "", "  ")
		})
		if err != nil {
			refuse(w, err)
			return
		}
		write(w, http.StatusOK, body)
	}
}

// make runs build when it is the request's turn. What is built is written afterwards, so that those who read slowly do
// not keep the others waiting.
func (h *Handler) make(r *http.Request, build func() ([]byte, error)) ([]byte, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case h.turns <- struct{}{}:
	case <-r.Context().Done():
		return nil, errBusy
	case <-timer.C:
		return nil, errBusy
	}
	defer func() { <-h.turns }()
	return build()
}

// health does not wait for a turn: it is cheap, and who asks takes no answer for a bad one.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	o, err := status.ParseHealthz(r.URL.Query())
	if err != nil {
		refuse(w, err)
		return
	}
	doc := h.source.Healthz(o)
	body, err := json.Marshal(doc)
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, doc.Code(), body)
}

func write(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

// refuse answers with the text of err, plain and whole: tools look for it.
func refuse(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	var bad *status.ParameterError
	switch {
	case errors.As(err, &bad):
		code = http.StatusBadRequest
	case errors.Is(err, errBusy):
		code = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff") // the text may quote what the client sent
	w.WriteHeader(code)
	_, _ = w.Write([]byte(err.Error()))
}
