package stream

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"sinew.dev/sinew/internal/jetstream/jsapi"
	"sinew.dev/sinew/internal/subject"
)

// Bounds of a configuration.
const (
	MaxNameBytes        = 255
	MaxDescriptionBytes = 4 << 10
	MaxMetadataBytes    = 128 << 10 // keys and values together
	MaxReplicas         = 5
)

const (
	defaultDuplicates = 2 * time.Minute
	leastAge          = 100 * time.Millisecond
	leastMarkerTTL    = time.Second
)

// Env is what a server adds to the checks of a configuration.
type Env struct {
	// MaxDuplicates is the longest duplicate window; zero: any.
	MaxDuplicates time.Duration
	// Clustered says that there may be more than one replica.
	Clustered bool
}

// Check returns a configuration with its defaults, or the reason to refuse it. With pedantic, what would be corrected
// silently is refused. What depends on other streams is not looked at. The errors are the reference server's, and it is
// its order that decides which of several is given.
func Check(c jsapi.StreamConfig, pedantic bool, env Env) (jsapi.StreamConfig, *jsapi.Error) {
	k := check{StreamConfig: c, pedantic: pedantic, env: env}
	for _, step := range []func(*check) *jsapi.Error{
		(*check).names, (*check).unsealed, (*check).defaults, (*check).direct, (*check).replicas, (*check).limits, (*check).ages,
		(*check).rollups, (*check).counters, (*check).perSubject, (*check).markers, (*check).persistence, (*check).schedules,
		(*check).origins, (*check).subjects, (*check).transforms,
		(*check).placement, (*check).alone, (*check).originFilters,
	} {
		if err := step(&k); err != nil {
			return c, err
		}
	}
	return k.StreamConfig, nil
}

type check struct {
	jsapi.StreamConfig
	pedantic bool
	env      Env
}

func invalid(format string, args ...any) *jsapi.Error {
	return jsapi.ErrStreamInvalidConfig.Because(fmt.Sprintf(format, args...))
}

func pedantic(text string) *jsapi.Error { return jsapi.ErrPedantic.Because(text) }

// ValidName reports whether a stream or consumer may have this name.
func ValidName(name string) bool {
	return name != "" && len(name) <= MaxNameBytes && !strings.ContainsAny(name, " \t\r\n\f.*>\\/")
}

func (k *check) names() *jsapi.Error {
	switch {
	case !ValidName(k.Name):
		return invalid("stream name is required and can not contain '.', '*', '>', path separators or white space")
	case len(k.Description) > MaxDescriptionBytes:
		return invalid("stream description is too long, maximum allowed is %d", MaxDescriptionBytes)
	}
	size := 0
	for key, value := range k.Metadata {
		size += len(key) + len(value)
	}
	if size > MaxMetadataBytes {
		return invalid("stream metadata exceeds maximum size of %d bytes", MaxMetadataBytes)
	}
	return nil
}

func (k *check) defaults() *jsapi.Error {
	k.Retention = cmp.Or(k.Retention, jsapi.LimitsRetention)
	k.Discard = cmp.Or(k.Discard, jsapi.DiscardOld)
	k.Storage = cmp.Or(k.Storage, jsapi.FileStorage)
	k.Compression = cmp.Or(k.Compression, jsapi.NoCompression)
	return nil
}

// limits makes limits that say "none" in another way say it in ours.
func (k *check) limits() *jsapi.Error {
	size := int64(k.MaxMsgSize)
	consumers := int64(k.MaxConsumers)
	for _, l := range []struct {
		name  string
		value *int64
	}{
		{"max_msgs", &k.MaxMsgs},
		{"max_msgs_per_subject", &k.MaxMsgsPerSubject},
		{"max_bytes", &k.MaxBytes},
		{"max_msg_size", &size},
		{"max_consumers", &consumers},
	} {
		if *l.value < -1 && k.pedantic {
			return pedantic(l.name + " must be set to -1")
		}
		if *l.value <= 0 {
			*l.value = -1
		}
	}
	k.MaxMsgSize, k.MaxConsumers = int32(size), int(consumers)
	return nil
}

func (k *check) replicas() *jsapi.Error {
	switch {
	case k.Replicas < 0:
		return jsapi.ErrReplicasCountCannotBeNegative
	case k.Replicas == 0:
		k.Replicas = 1
	case k.Replicas > MaxReplicas:
		return invalid("maximum replicas is %d", MaxReplicas)
	}
	return nil
}

func (k *check) ages() *jsapi.Error {
	switch {
	case k.MaxAge < 0:
		return invalid("max age can not be negative")
	case k.MaxAge > 0 && k.MaxAge < leastAge:
		return invalid("max age needs to be >= 100ms")
	}
	if err := k.duplicates(); err != nil {
		return err
	}
	switch {
	case k.Duplicates < 0:
		return invalid("duplicates window can not be negative")
	case k.MaxAge > 0 && k.Duplicates > k.MaxAge:
		return invalid("duplicates window can not be larger then max age")
	case k.Duplicates > 0 && k.Duplicates < leastAge:
		return invalid("duplicates window needs to be >= 100ms")
	case k.env.MaxDuplicates > 0 && k.Duplicates > k.env.MaxDuplicates:
		return invalid("duplicates window can not be larger then server limit of %v", k.env.MaxDuplicates)
	}
	return nil
}

// duplicates is the default of the duplicate window.
func (k *check) duplicates() *jsapi.Error {
	if k.Duplicates != 0 || k.Mirror != nil || len(k.Sources) > 0 {
		return nil
	}
	window := defaultDuplicates
	if k.env.MaxDuplicates > 0 && k.env.MaxDuplicates < window {
		if k.pedantic {
			return pedantic("duplicate window limits are higher than current limits")
		}
		window = k.env.MaxDuplicates
	}
	if k.MaxAge != 0 && k.MaxAge < window {
		if k.pedantic {
			return pedantic("duplicate window cannot be bigger than max age")
		}
		window = k.MaxAge
	}
	k.Duplicates = window
	return nil
}

func (k *check) unsealed() *jsapi.Error {
	if k.Sealed {
		return invalid("stream configuration for create can not be sealed")
	}
	return nil
}

func (k *check) direct() *jsapi.Error {
	if k.MirrorDirect && k.Mirror == nil {
		return invalid("stream has no mirror but does have mirror direct")
	}
	return nil
}

// markers checks delete markers, and turns on what they need.
func (k *check) markers() *jsapi.Error {
	switch ttl := k.SubjectDeleteMarkerTTL; {
	case ttl < 0:
		return invalid("subject delete marker TTL must not be negative")
	case ttl > 0 && ttl < leastMarkerTTL:
		return invalid("subject delete marker TTL must be at least 1 second")
	case ttl > 0 && k.pedantic && !k.AllowMsgTTL:
		return invalid("subject delete marker cannot be set if message TTLs are disabled")
	case ttl > 0 && k.pedantic && !k.AllowRollup:
		return invalid("subject delete marker cannot be set if roll-ups are disabled")
	case ttl > 0:
		k.AllowMsgTTL, k.AllowRollup, k.DenyPurge = true, true, false
	}
	return nil
}

// alone refuses what a server by itself cannot do.
func (k *check) alone() *jsapi.Error {
	if k.Replicas > 1 && !k.env.Clustered {
		return jsapi.ErrStreamReplicasNotSupported
	}
	return nil
}

func (k *check) placement() *jsapi.Error {
	if k.Placement != nil && k.Placement.Preferred != "" {
		return invalid("preferred server not permitted in placement")
	}
	return nil
}

// metadata keys that the server writes, and clients need not.
const (
	levelRequired = "_nats.req.level"
	levelServer   = "_nats.level"
	serverVersion = "_nats.ver"
)

// RequiredLevel is the API level that a configuration needs.
func RequiredLevel(c *jsapi.StreamConfig) int {
	level := 0
	if c.AllowMsgTTL || c.SubjectDeleteMarkerTTL > 0 {
		level = 1
	}
	if c.AllowMsgCounter || c.AllowAtomicPublish || c.AllowMsgSchedules || c.PersistMode != jsapi.DefaultPersist {
		level = 2
	}
	if c.AllowBatchPublish {
		level = 4
	}
	return level
}

// Stored returns metadata as it is kept: with the level that a configuration needs, and without what the server adds to
// answers.
func Stored(metadata map[string]string, level int) map[string]string {
	out := map[string]string{}
	maps.Copy(out, metadata)
	delete(out, levelServer)
	delete(out, serverVersion)
	out[levelRequired] = strconv.Itoa(level)
	return out
}

// Shown returns stored metadata as answers have it.
func Shown(metadata map[string]string, level int, version string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, metadata)
	out[levelServer], out[serverVersion] = strconv.Itoa(level), version
	return out
}

// validTransform says what is wrong with a transform, if anything is.
func validTransform(src, dest string) error {
	if src == "" {
		src = ">"
	}
	_, err := subject.NewTransform(src, dest)
	return err
}
