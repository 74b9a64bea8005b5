package subject

import (
	"errors"
	"fmt"
)

// Errors of NewTransform, NewStrictTransform and NewMappings. Their texts are those that NATS users know from
// configuration errors. Those after
// ErrInvalidDestination come wrapped in it.
var (
	// ErrInvalidSubject means that source or destination is not a subject a transform can have: not valid,
	// a "*" in the destination, or a last ">" in only one of them.
	ErrInvalidSubject = errors.New("invalid subject")

	// ErrInvalidDestination is what complaints about the tokens of a destination have in common.
	ErrInvalidDestination = errors.New("invalid mapping destination")

	// ErrInvalidTransform: an empty token, white space outside a function, or a token after ">".
	ErrInvalidTransform = errors.New("invalid transform")

	// ErrUnknownFunction: a token in double braces that names no function.
	ErrUnknownFunction = errors.New("unknown function")

	// ErrWildcardIndex: an index above the number of "*" in the source, or any when the source is a literal.
	ErrWildcardIndex = errors.New("wildcard index out of range")

	ErrNotEnoughArguments = errors.New("not enough arguments passed to the function")
	ErrTooManyArguments   = errors.New("too many arguments passed to the function")

	// ErrInvalidArgument: not a number, one above 2^31-1, or a space in a delimiter.
	ErrInvalidArgument = errors.New("function argument is invalid or in the wrong format")

	// ErrUnusedWildcards and ErrOnlyWildcardFunction come from NewStrictTransform only.
	ErrUnusedWildcards      = errors.New("not using all of the token wildcard(s)")
	ErrOnlyWildcardFunction = errors.New("the only mapping function allowed for import transforms is {{Wildcard()}}")
)

// destinationError says what is wrong with a destination, and in which of its tokens, if it is one.
func destinationError(reason error, token string) error {
	if token == "" {
		return fmt.Errorf("%w: %w", ErrInvalidDestination, reason)
	}
	return fmt.Errorf("%w: %w in %s", ErrInvalidDestination, reason, token)
}

// MappingError says which mapping NewMappings refused, and why.
type MappingError struct {
	Source string
	Err    error
}

// Error gives the source, quoted, and the reason.
func (e *MappingError) Error() string { return fmt.Sprintf("mapping %q: %v", e.Source, e.Err) }

// Unwrap returns the reason alone.
func (e *MappingError) Unwrap() error { return e.Err }
