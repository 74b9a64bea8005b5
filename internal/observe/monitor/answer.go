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
		h.answer(w, r, func() ([]byte, error) {
			doc, err := build(h, r.URL.Query())
			if err != nil {
				return nil, err
			}
			return json.MarshalIndent(doc, "", "  ")
		})
	}
}

// answer writes what build makes when it is the request's turn. It is written afterwards, so that those who read slowly do
// not keep the others waiting.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, build func() ([]byte, error)) {
	var body []byte
	err := h.turn(r, func() (err error) {
		body, err = build()
		return err
	})
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, http.StatusOK, body)
}

// turn calls do when it is the request's turn.
func (h *Handler) turn(r *http.Request, do func() error) error {
	leave, err := enter(r, h.turns)
	if err != nil {
		return err
	}
	defer leave()
	return do()
}

// enter takes one of the places in a room, and waits if all are taken.
func enter(r *http.Request, room chan struct{}) (leave func(), err error) {
	leave = func() { <-room }
	select {
	case room <- struct{}{}:
		return leave, nil
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case room <- struct{}{}:
		return leave, nil
	case <-r.Context().Done():
		return nil, errBusy
	case <-timer.C:
		return nil, errBusy
	}
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
	head(w)
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

// head says what the answer is, and lets pages of any origin read it.
func head(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
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
	case errors.Is(err, status.ErrNoRaft):
		code = http.StatusNotFound
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff") // the text may quote what the client sent
	w.WriteHeader(code)
	_, _ = w.Write([]byte(err.Error()))
}
