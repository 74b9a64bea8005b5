package status

import "net/url"

// The HTTP status codes used here; the package does not import net/http, because it is pure.
const (
	codeOK         = 200
	codeBadRequest = 400
	codeInternal   = 500
)

// Healthz is the document of /healthz.
type Healthz struct {
	Status     string        `json:"status"`                // "ok", "unavailable" or "error"
	StatusCode int           `json:"status_code,omitempty"` // in answers that do not come over HTTP
	Error      string        `json:"error,omitempty"`
	Errors     []HealthError `json:"errors,omitempty"` // in place of Error, if details were asked for

	code int
}

// HealthError is one thing that is wrong.
type HealthError struct {
	Type     HealthErrorType `json:"type"`
	Account  string          `json:"account,omitempty"`
	Stream   string          `json:"stream,omitempty"`
	Consumer string          `json:"consumer,omitempty"`
	Error    string          `json:"error,omitempty"`
}

// HealthErrorType says what part is not well.
type HealthErrorType string

// The types of errors. More come with streams.
const (
	HealthConnection HealthErrorType = "CONNECTION"
	HealthBadRequest HealthErrorType = "BAD_REQUEST"
	HealthAccount    HealthErrorType = "ACCOUNT"
)

// HealthzOptions is what can be asked of /healthz.
type HealthzOptions struct {
	JSEnabled     bool   `json:"js-enabled,omitempty"` // deprecated
	JSEnabledOnly bool   `json:"js-enabled-only,omitempty"`
	JSServerOnly  bool   `json:"js-server-only,omitempty"`
	JSMetaOnly    bool   `json:"js-meta-only,omitempty"`
	Account       string `json:"account,omitempty"`
	Stream        string `json:"stream,omitempty"`   // needs Account
	Consumer      string `json:"consumer,omitempty"` // needs Stream
	Details       bool   `json:"details,omitempty"`
}

// ParseHealthz reads the options from the parameters of a request.
func ParseHealthz(values url.Values) (HealthzOptions, error) {
	p := parameters{values: values}
	o := HealthzOptions{
		JSEnabled:     p.bool("js-enabled"),
		JSEnabledOnly: p.bool("js-enabled-only"),
		JSServerOnly:  p.bool("js-server-only"),
		JSMetaOnly:    p.bool("js-meta-only"),
		Details:       p.bool("details"),
		Account:       values.Get("account"),
		Stream:        values.Get("stream"),
		Consumer:      values.Get("consumer"),
	}
	if p.err != nil {
		return HealthzOptions{}, p.err
	}
	return o, nil
}

// Health is what a server without streams knows of its health.
type Health struct {
	// NotReady says why clients cannot connect: empty if they can.
	NotReady string
}

// Select answers o.
func (o HealthzOptions) Select(h Health) *Healthz {
	switch {
	case o.Consumer != "" && o.Stream == "":
		return o.unhealthy(codeBadRequest, HealthBadRequest, `"stream" must not be empty when checking consumer health`)
	case o.Stream != "" && o.Account == "":
		return o.unhealthy(codeBadRequest, HealthBadRequest, `"account" must not be empty when checking stream health`)
	case h.NotReady != "":
		return o.unhealthy(codeInternal, HealthConnection, h.NotReady)
	}
	return &Healthz{Status: "ok", code: codeOK}
}

// Code is the HTTP status that goes with the document.
func (h *Healthz) Code() int {
	if h.code == 0 {
		return codeOK
	}
	return h.code
}

func (o HealthzOptions) unhealthy(code int, kind HealthErrorType, text string) *Healthz {
	h := &Healthz{Status: "error", code: code}
	if o.Details {
		h.Errors = []HealthError{{Type: kind, Error: text}}
	} else {
		h.Error = text
	}
	return h
}
