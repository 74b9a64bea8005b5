package lang

import (
	"errors"
	"slices"
)

// variableName is the name in a word that refers to a variable. Bcrypt hashes begin like one, but mean
// themselves.
func variableName(word string) (string, bool) {
	if word == "" || word[0] != '$' || isBcrypt(word) {
		return "", false
	}
	return word[1:], true
}

func isBcrypt(word string) bool {
	if len(word) < 4 || word[1] != '2' || word[3] != '$' {
		return false
	}
	return slices.Contains([]byte("abxy"), word[2])
}

// variable finds the value a name stands for: the innermost enclosing map that has it by now, or the
// environment.
func (p *parser) variable(pos Position, name string) (Value, error) {
	for _, scope := range slices.Backward(p.scopes) {
		if v := scope.refer(name); v != nil {
			return *v, nil
		}
	}
	if slices.Contains(p.env, name) {
		return Value{}, fault(pos, "variable reference cycle for '%s'", name)
	}
	if p.options.LookupEnv != nil {
		if text, ok := p.options.LookupEnv(name); ok {
			return p.environment(pos, name, text)
		}
	}
	return Value{}, fault(pos, "variable reference for '%s' on line %d can not be found", name, pos.Line)
}

// environment parses the text of an environment variable as a value.
func (p *parser) environment(pos Position, name, text string) (Value, error) {
	const key = "value"
	// The text costs a little more than its length, or empty ones would cost nothing.
	if p.budget.bytes -= len(text) + 1; p.budget.bytes < 0 || len(p.env) >= MaxDepth {
		return Value{}, fault(pos, "%v", errTooLong)
	}
	inner := &parser{
		scanner: newScanner("", []byte(key+"="+text)),
		options: Options{LookupEnv: p.options.LookupEnv},
		budget:  p.budget,
		depth:   p.depth,
		env:     append(slices.Clip(p.env), name),
	}
	m, err := inner.document()
	if err != nil {
		return Value{}, fault(pos, "variable reference for '%s' on line %d could not be parsed: %s", name, pos.Line, bare(err))
	}
	return *m.Get(key), nil
}

// bare is the text of an error without its position, which within an environment variable means nothing.
func bare(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Text
	}
	return err.Error()
}
