package monitor

import (
	"net/http"
	"net/url"
	"time"
)

// pieces is the text of a large document. Each piece is valid until the next; nil ends them.
type pieces interface{ Next() []byte }

// stream returns what serves a document in pieces: each is made in a turn of its own, and written before the next one is
// made, so that neither the document's size nor who reads it slowly is a burden to anybody else.
func stream(build func(*Handler, url.Values) (pieces, error)) func(*Handler, http.ResponseWriter, *http.Request) {
	return func(h *Handler, w http.ResponseWriter, r *http.Request) {
		leave, err := enter(r, h.streams)
		if err != nil {
			refuse(w, err)
			return
		}
		defer leave()
		var document pieces
		if err := h.turn(r, func() (err error) {
			document, err = build(h, r.URL.Query())
			return err
		}); err != nil {
			refuse(w, err)
			return
		}
		head(w)
		h.writePieces(w, r, document)
	}
}

func (h *Handler) writePieces(w http.ResponseWriter, r *http.Request, document pieces) {
	var rested time.Duration
	for {
		var piece []byte
		began := time.Now()
		if h.turn(r, func() error { piece = document.Next(); return nil }) != nil || piece == nil {
			return // what is missing then shows that the document is not whole
		}
		if _, err := w.Write(piece); err != nil {
			return // the client is gone
		}
		rested += h.rest(r, time.Since(began), rested)
	}
}

// While the server is busy, a large document is worked on for one thirtieth of the time: it takes longer, and those whose
// messages are waiting hardly notice.
const (
	restFactor = 29
	maxRest    = 20 * time.Millisecond // after one piece
	maxRested  = 20 * time.Second      // in one answer: it must end before its client gives up
)

// rest gives the processor to others after work that took a while, if they want it, and returns for how long.
func (h *Handler) rest(r *http.Request, worked, rested time.Duration) time.Duration {
	if h.options.Busy == nil || rested > maxRested || !h.options.Busy() {
		return 0
	}
	length := min(restFactor*worked, maxRest)
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
	return length
}
