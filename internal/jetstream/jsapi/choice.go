package jsapi

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Retention says how long a stream keeps a message.
type Retention string

// The kinds of Retention. The empty one is LimitsRetention.
const (
	LimitsRetention    Retention = "limits"
	InterestRetention  Retention = "interest"  // until all consumers that want it have acknowledged it
	WorkQueueRetention Retention = "workqueue" // until one consumer has acknowledged it
)

// Discard says what gives way when a stream is full.
type Discard string

// The kinds of Discard. The empty one is DiscardOld.
const (
	DiscardOld Discard = "old"
	DiscardNew Discard = "new"
)

// Storage is where messages are kept.
type Storage string

// The kinds of Storage. The empty one is FileStorage.
const (
	FileStorage   Storage = "file"
	MemoryStorage Storage = "memory"
)

// Compression of what a stream keeps on disk.
type Compression string

// The kinds of Compression. The empty one is NoCompression.
const (
	NoCompression Compression = "none"
	S2Compression Compression = "s2"
)

// PersistMode says when a publish is acknowledged.
type PersistMode string

// The kinds of PersistMode.
const (
	DefaultPersist PersistMode = "" // when it is on disk; "default" in requests
	AsyncPersist   PersistMode = "async"
)

// DeliverPolicy says where in a stream a consumer begins.
type DeliverPolicy string

// The kinds of DeliverPolicy. The empty one is DeliverAll.
const (
	DeliverAll             DeliverPolicy = "all"
	DeliverLast            DeliverPolicy = "last"
	DeliverNew             DeliverPolicy = "new"
	DeliverByStartSequence DeliverPolicy = "by_start_sequence"
	DeliverByStartTime     DeliverPolicy = "by_start_time"
	DeliverLastPerSubject  DeliverPolicy = "last_per_subject"
)

// AckPolicy says what must be acknowledged.
type AckPolicy string

// The kinds of AckPolicy. The empty one is AckNone.
const (
	AckNone        AckPolicy = "none"
	AckAll         AckPolicy = "all"          // one acknowledgement is for all before it too
	AckExplicit    AckPolicy = "explicit"     // each message
	AckFlowControl AckPolicy = "flow_control" // by the answers to flow control requests
)

// ReplayPolicy says how fast stored messages are delivered.
type ReplayPolicy string

// The kinds of ReplayPolicy. The empty one is ReplayInstant.
const (
	ReplayInstant  ReplayPolicy = "instant"
	ReplayOriginal ReplayPolicy = "original" // as they came
)

// PriorityPolicy says which of several pull requests is served.
type PriorityPolicy string

// The kinds of PriorityPolicy.
const (
	PriorityNone        PriorityPolicy = "" // "none" in requests
	PriorityOverflow    PriorityPolicy = "overflow"
	PriorityPinned      PriorityPolicy = "pinned_client"
	PriorityPrioritized PriorityPolicy = "prioritized"
)

// Action says what a request to create a consumer means.
type Action string

// The kinds of Action.
const (
	CreateOrUpdate Action = ""
	Create         Action = "create"
	Update         Action = "update"
)

// choose reads one of the words of a choice.
func choose[T ~string](b []byte, to *T, words ...T) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("can not unmarshal %q", b)
	}
	if !slices.Contains(words, T(s)) {
		return fmt.Errorf("can not unmarshal %q", b)
	}
	*to = T(s)
	return nil
}

// UnmarshalJSON takes known words only.
func (r *Retention) UnmarshalJSON(b []byte) error {
	return choose(b, r, LimitsRetention, InterestRetention, WorkQueueRetention)
}

// UnmarshalJSON takes known words only.
func (d *Discard) UnmarshalJSON(b []byte) error { return choose(b, d, DiscardOld, DiscardNew) }

// UnmarshalJSON takes known words only.
func (s *Storage) UnmarshalJSON(b []byte) error { return choose(b, s, FileStorage, MemoryStorage) }

// UnmarshalJSON takes known words only.
func (c *Compression) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil || (s != string(NoCompression) && s != string(S2Compression)) {
		return fmt.Errorf("unknown compression algorithm")
	}
	*c = Compression(s)
	return nil
}

// UnmarshalJSON takes known words only; "default" is the empty one.
func (p *PersistMode) UnmarshalJSON(b []byte) error {
	return chooseOrDefault(b, p, "default", "", AsyncPersist)
}

// chooseOrDefault is choose with one more word, which stands for the empty one.
func chooseOrDefault[T ~string](b []byte, to *T, standard T, words ...T) error {
	if err := choose(b, to, append(words, standard)...); err != nil {
		return err
	}
	if *to == standard {
		*to = ""
	}
	return nil
}

// UnmarshalJSON takes known words only; "undefined" is DeliverAll.
func (p *DeliverPolicy) UnmarshalJSON(b []byte) error {
	return chooseOrDefault(b, p, "undefined", DeliverAll, DeliverLast, DeliverNew, DeliverByStartSequence, DeliverByStartTime, DeliverLastPerSubject)
}

// UnmarshalJSON takes known words only.
func (p *AckPolicy) UnmarshalJSON(b []byte) error {
	return choose(b, p, AckNone, AckAll, AckExplicit, AckFlowControl)
}

// UnmarshalJSON takes known words only.
func (p *ReplayPolicy) UnmarshalJSON(b []byte) error {
	return choose(b, p, ReplayInstant, ReplayOriginal)
}

// UnmarshalJSON takes known words only; "none" is the empty one.
func (p *PriorityPolicy) UnmarshalJSON(b []byte) error {
	if chooseOrDefault(b, p, "none", PriorityOverflow, PriorityPinned, PriorityPrioritized) != nil {
		return fmt.Errorf("unknown priority policy: %s", b)
	}
	return nil
}

// UnmarshalJSON takes known words only.
func (a *Action) UnmarshalJSON(b []byte) error {
	if choose(b, a, CreateOrUpdate, Create, Update) != nil {
		return fmt.Errorf("unknown consumer action: %s", b)
	}
	return nil
}
