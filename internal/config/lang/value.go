package lang

import "time"

// Kind is the type of a value.
type Kind uint8

// The kinds of values.
const (
	String Kind = iota
	Bool
	Int
	Float
	Date
	List
	Object
)

var kindNames = [...]string{"a string", "a boolean", "an integer", "a float", "a date", "a list", "a map"}

// String is the kind with its article, as an error message wants it: "an integer".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "an unknown value"
}

// Value is one value of the tree. Which field holds it depends on Kind. Values are immutable after Parse,
// and one value may stand in several places when variables refer to it.
type Value struct {
	Kind   Kind
	Pos    Position
	Text   string // String
	Truth  bool   // Bool
	Number int64  // Int, with its suffix applied
	Real   float64
	Date   time.Time
	List   []*Value
	Map    *Map

	// size is what the value would take written out in full, variables replaced. It bounds the work of
	// everything that walks the tree.
	size int
}

// Map is an object: entries in the order they were first written.
type Map struct {
	entries []Entry
	index   map[string]int // nil while there are few
}

// few is how many entries are looked through one by one.
const few = 8

// Entry is one key of a map with its value.
type Entry struct {
	Key    string
	KeyPos Position
	Value  *Value
	// Variable reports that a variable referred to this key. Such a key need not be known otherwise.
	Variable bool
}

// Len is the number of entries.
func (m *Map) Len() int { return len(m.entries) }

// Entries are the entries in the order of their first appearance. The slice belongs to the map.
func (m *Map) Entries() []Entry { return m.entries }

// Get is the value of a key, exactly as it was written, or nil.
func (m *Map) Get(key string) *Value {
	if i := m.find(key); i >= 0 {
		return m.entries[i].Value
	}
	return nil
}

// find is where a key stands, or -1.
func (m *Map) find(key string) int {
	if m.index != nil {
		if i, ok := m.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		if m.entries[i].Key == key {
			return i
		}
	}
	return -1
}

// set adds an entry. The last one of a key wins, in the place of the first.
func (m *Map) set(e Entry) {
	if i := m.find(e.Key); i >= 0 {
		m.entries[i] = e
		return
	}
	m.entries = append(m.entries, e)
	switch {
	case m.index != nil:
		m.index[e.Key] = len(m.entries) - 1
	case len(m.entries) > few:
		m.index = make(map[string]int)
		for i := range m.entries {
			m.index[m.entries[i].Key] = i
		}
	}
}

// refer is the value of a key, which is marked as used by a variable.
func (m *Map) refer(key string) *Value {
	i := m.find(key)
	if i < 0 {
		return nil
	}
	m.entries[i].Variable = true
	return m.entries[i].Value
}

// Interface is the value in the types that encoding/json would produce, but with int64 for integers and
// time.Time for dates.
func (v *Value) Interface() any {
	switch v.Kind {
	case Bool:
		return v.Truth
	case Int:
		return v.Number
	case Float:
		return v.Real
	case Date:
		return v.Date
	case List:
		list := make([]any, len(v.List))
		for i, item := range v.List {
			list[i] = item.Interface()
		}
		return list
	case Object:
		return v.Map.Interface()
	}
	return v.Text
}

// Interface is the map in the types of Value.Interface.
func (m *Map) Interface() map[string]any {
	object := make(map[string]any, len(m.entries))
	for _, e := range m.entries {
		object[e.Key] = e.Value.Interface()
	}
	return object
}
