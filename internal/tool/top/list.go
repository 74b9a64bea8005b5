package top

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxRows is how many rows of an answer are read, whatever was asked for.
const maxRows = 100_000

// list is an array of a document. Rows after maxRows are left out: two bytes of JSON must not become hundreds in memory
// without end.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	*l = nil
	if string(text) == "null" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return fmt.Errorf("an array is missing")
	}
	for decoder.More() && len(*l) < maxRows {
		var row T
		if err := decoder.Decode(&row); err != nil {
			return err
		}
		*l = append(*l, row)
	}
	return nil
}
