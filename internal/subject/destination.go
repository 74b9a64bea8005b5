package subject

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// function is what a token of a destination does with its arguments.
type function uint8

const (
	text function = iota
	remainder
	wildcard
	partition
	random
	split
	splitFromLeft
	splitFromRight
	sliceFromLeft
	sliceFromRight
	left
	right
)

var functions = map[string]function{
	"wildcard":       wildcard,
	"partition":      partition,
	"random":         random,
	"split":          split,
	"splitfromleft":  splitFromLeft,
	"splitfromright": splitFromRight,
	"slicefromleft":  sliceFromLeft,
	"slicefromright": sliceFromRight,
	"left":           left,
	"right":          right,
}

// call finds a function in a token. The case is free for the first letters of a name's words only. Text
// around the inner braces is tolerated, because the reference server tolerates it.
var call = regexp.MustCompile(`\{\{\s*([wW]ildcard|[pP]artition|[rR]andom|[sS]plit|` +
	`[sS](?:plit|lice)[fF]rom(?:[lL]eft|[rR]ight)|[lL]eft|[rR]ight)\s*\((.*)\)\s*\}\}`)

var comma = regexp.MustCompile(`,\s*`)

// isCall reports whether token is written as a function. "{{}}" is text.
func isCall(token string) bool {
	return len(token) > len("{{}}") && strings.HasPrefix(token, "{{") && strings.HasSuffix(token, "}}")
}

// checkDestination checks the form of a destination's tokens before any of them is understood, so that the
// first complaint is about the plainest mistake.
func checkDestination(tokens []string) error {
	open := false
	for _, token := range tokens {
		switch {
		case token == "":
			return destinationError(ErrInvalidTransform, "")
		case open:
			return destinationError(ErrInvalidTransform, token)
		case isCall(token):
			if !call.MatchString(token) {
				return destinationError(ErrUnknownFunction, token)
			}
		case strings.ContainsAny(token, whitespace):
			return destinationError(ErrInvalidTransform, "")
		}
		open = token == ">"
	}
	return nil
}

// parseParts understands the tokens of a destination for which checkDestination had no complaint.
func parseParts(tokens []string, source sourceShape, strict bool) ([]part, error) {
	parts := make([]part, 0, len(tokens))
	for _, token := range tokens {
		p, err := parsePart(token)
		if err != nil {
			return nil, destinationError(err, token)
		}
		if strict && p.function > wildcard {
			return nil, destinationError(ErrOnlyWildcardFunction, token)
		}
		if err := p.resolve(token, source); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func parsePart(token string) (part, error) {
	if token == ">" {
		return part{function: remainder}, nil
	}
	if index, ok := strings.CutPrefix(token, "$"); ok {
		if n, err := strconv.Atoi(index); err == nil {
			return part{function: wildcard, from: []int{n}}, nil
		}
	}
	if !isCall(token) {
		return part{text: token}, nil
	}
	match := call.FindStringSubmatch(token)
	p := part{function: functions[strings.ToLower(match[1])]}
	err := p.parseArguments(match[2])
	return p, err
}

// parseArguments reads what stands between the parentheses. Indices stay as written: resolve turns them into
// token positions.
func (p *part) parseArguments(list string) error {
	args := comma.Split(list, -1)
	if err := p.checkCount(list, args); err != nil {
		return err
	}
	switch p.function {
	case random, partition:
		n, err := parseNumber(args[0])
		if err != nil || n > math.MaxInt32 {
			return ErrInvalidArgument
		}
		p.n = n
		return p.parseIndices(args[1:])
	case wildcard:
		return p.parseIndices(args)
	case split:
		p.text = args[1]
		if strings.ContainsAny(p.text, " .") {
			return ErrInvalidArgument
		}
		return p.parseIndices(args[:1])
	default:
		n, err := parseNumber(args[1])
		if err != nil || n > math.MaxInt32 {
			return ErrInvalidArgument
		}
		p.n = n
		return p.parseIndices(args[:1])
	}
}

// checkCount checks how many arguments there are. The reference server calls a second argument of random one
// too few, and has more to say of an empty list only where it can tell.
func (p *part) checkCount(list string, args []string) error {
	switch {
	case p.function == partition:
		return nil
	case p.function == random:
		if len(args) > 1 {
			return ErrNotEnoughArguments
		}
		return nil
	}
	want := 2
	if p.function == wildcard {
		want = 1
	}
	switch {
	case list == "" || len(args) < want:
		return ErrNotEnoughArguments
	case len(args) > want:
		return ErrTooManyArguments
	}
	return nil
}

func (p *part) parseIndices(args []string) error {
	for _, arg := range args {
		n, err := parseNumber(arg)
		if err != nil {
			return ErrInvalidArgument
		}
		p.from = append(p.from, n)
	}
	return nil
}

func parseNumber(arg string) (int, error) { return strconv.Atoi(strings.TrimSpace(arg)) }

// resolve turns the wildcard indices of p, counted from 1, into token positions of source, counted from 0.
func (p *part) resolve(token string, source sourceShape) error {
	if !source.hasWildcards() {
		return p.resolveLiteral(token)
	}
	for i, index := range p.from {
		switch {
		case index > len(source.stars):
			return fmt.Errorf("%w: [%d]", destinationError(ErrWildcardIndex, token), index)
		case index < 1:
			p.from[i] = 0 // as the reference server does: the first token, whatever it is
		default:
			p.from[i] = source.stars[index-1]
		}
	}
	return nil
}

// resolveLiteral is resolve for a source without wildcards. Only functions that need none make sense, and
// partition takes the whole subject.
func (p *part) resolveLiteral(token string) error {
	switch p.function {
	case text, random:
		return nil
	case partition:
		p.from = nil
		return nil
	}
	return destinationError(ErrWildcardIndex, token)
}
