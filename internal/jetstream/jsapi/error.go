package jsapi

import (
	"fmt"
	"strings"
)

// Error is what a request is refused with. The errors of this package are immutable: With makes new ones.
type Error struct {
	Code        int    `json:"code"` // like HTTP's
	ErrCode     uint16 `json:"err_code,omitempty"`
	Description string `json:"description,omitempty"`
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%d)", e.Description, e.ErrCode) }

// Is reports whether target is the same kind of error, whatever is filled in, for errors.Is.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.ErrCode == e.ErrCode
}

// With fills in the places of the description: pairs of a name, without braces, and its text.
func (e *Error) With(pairs ...string) *Error {
	out := *e
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Description = strings.ReplaceAll(out.Description, "{"+pairs[i]+"}", pairs[i+1])
	}
	return &out
}

// Because fills in {err}, the reason.
func (e *Error) Because(reason string) *Error { return e.With("err", reason) }
