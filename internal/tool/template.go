package tool

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nuid"
)

const templateHelp = `Subject, body and header values may hold placeholders, new for each message:
{{Count}}, {{ID}}, {{Time}}, {{TimeStamp}}, {{Unix}}, {{UnixNano}}, {{Random 10 100}}.
Other text between double braces stays as it is. --no-templates leaves all of it alone.`

// maxRandom is the longest text that {{Random}} makes, in bytes.
const maxRandom = 1 << 20

// placeholders makes the function that fills in the placeholders of message number count.
func placeholders(count int, now time.Time, extra map[string]string) func(string) string {
	return func(text string) string {
		return expand(text, func(name string, args []string) (string, bool) {
			if value, ok := extra[name]; ok {
				return value, len(args) == 0
			}
			return placeholder(name, args, count, now)
		})
	}
}

// untouched stands in for placeholders when they are turned off.
func untouched(text string) string { return text }

// expand replaces each {{name args…}} in text for which value knows one. What it puts in is not expanded again.
func expand(text string, value func(name string, args []string) (string, bool)) string {
	var out strings.Builder
	for {
		start, end := innermost(text)
		if start < 0 {
			out.WriteString(text)
			return out.String()
		}
		inside := text[start+2 : end]
		out.WriteString(text[:start])
		with, ok := "", false
		if words := strings.Fields(inside); len(words) > 0 {
			with, ok = value(strings.TrimPrefix(words[0], "."), words[1:])
		}
		if !ok {
			with = "{{" + inside + "}}"
		}
		out.WriteString(with)
		text = text[end+2:]
	}
}

// innermost finds the first "}}" that closes something and the last "{{" before it; braces further out are text, as in
// {{{Count}}}. start is below zero when there are none.
func innermost(text string) (start, end int) {
	first := strings.Index(text, "{{")
	if first < 0 {
		return -1, 0
	}
	inside := strings.Index(text[first+2:], "}}")
	if inside < 0 {
		return -1, 0
	}
	end = first + 2 + inside
	return strings.LastIndex(text[:end], "{{"), end
}

func placeholder(name string, args []string, count int, now time.Time) (string, bool) {
	if name == "Random" {
		return randomText(args)
	}
	if len(args) > 0 {
		return "", false
	}
	switch name {
	case "Count":
		return strconv.Itoa(count), true
	case "ID":
		return nuid.Next(), true
	case "Time":
		return now.Format(time.Kitchen), true
	case "TimeStamp":
		return now.Format(time.RFC3339), true
	case "Unix":
		return strconv.FormatInt(now.Unix(), 10), true
	case "UnixNano":
		return strconv.FormatInt(now.UnixNano(), 10), true
	}
	return "", false
}

// randomText makes letters and digits, between args[0] and args[1] of them.
func randomText(args []string) (string, bool) {
	if len(args) != 2 {
		return "", false
	}
	least, err1 := strconv.Atoi(args[0])
	most, err2 := strconv.Atoi(args[1])
	if err1 != nil || err2 != nil || least < 0 || most < least || most > maxRandom {
		return "", false
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text := make([]byte, least+rand.IntN(most-least+1))
	for i := range text {
		text[i] = letters[rand.IntN(len(letters))]
	}
	return string(text), true
}
