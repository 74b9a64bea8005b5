package consumer

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sinew.dev/sinew/internal/jetstream/jsapi"
	"sinew.dev/sinew/internal/subject"
)

// Bounds of a configuration.
const (
	MaxDescriptionBytes = 4 << 10
	MaxMetadataBytes    = 128 << 10 // keys and values together
	maxGroupBytes       = 16
)

// Defaults.
const (
	defaultAckWait         = 30 * time.Second
	defaultMaxWaiting      = 512
	defaultMaxAckPending   = 1000
	defaultInactive        = 5 * time.Second // of consumers without a durable name
	defaultPriorityTimeout = 2 * time.Minute
	flowControlHeartbeat   = time.Second
	leastHeartbeat         = 100 * time.Millisecond
	leastExpires           = time.Millisecond
)

// Env is what a server and an account add to the checks of a configuration.
type Env struct {
	Stream jsapi.StreamConfig
	// MaxAckPending bounds what a consumer may ask for; below 1: nothing does.
	MaxAckPending int
	// MaxRequestBatch bounds max_batch; below 1: nothing does.
	MaxRequestBatch int
	// Clustered says that there may be more than one replica.
	Clustered bool
}

// Check returns a configuration with its defaults, or the reason to refuse it. With pedantic, what would be corrected
// silently is refused. What depends on other consumers is not looked at. The errors are the reference server's, and it is
// its order that decides which of several is given.
func Check(c jsapi.ConsumerConfig, pedantic bool, env Env) (jsapi.ConsumerConfig, *jsapi.Error) {
	k := check{ConsumerConfig: c, pedantic: pedantic, env: env}
	for _, step := range []func(*check) *jsapi.Error{
		(*check).clustered, (*check).numbers, (*check).acks, (*check).flowAck, (*check).pending, (*check).inactive,
		(*check).replicas, (*check).texts, (*check).waits, (*check).delivery, (*check).bounds, (*check).direct, (*check).filters,
		(*check).start, (*check).sampling, (*check).flowControl, (*check).groups, (*check).retention,
	} {
		if err := step(&k); err != nil {
			return c, err
		}
	}
	return k.ConsumerConfig, nil
}

type check struct {
	jsapi.ConsumerConfig
	pedantic bool
	env      Env
}

func pedantic(text string) *jsapi.Error { return jsapi.ErrPedantic.Because(text) }

// numbers makes numbers that say "none" in another way say it in ours.
func (k *check) numbers() *jsapi.Error {
	k.DeliverPolicy = cmp.Or(k.DeliverPolicy, jsapi.DeliverAll)
	k.AckPolicy = cmp.Or(k.AckPolicy, jsapi.AckNone)
	k.ReplayPolicy = cmp.Or(k.ReplayPolicy, jsapi.ReplayInstant)
	const negative = "must not be negative"
	for _, err := range []*jsapi.Error{
		atLeast(k.pedantic, "max_deliver", &k.MaxDeliver, -1, "must be set to -1"),
		atLeast(k.pedantic, "max_waiting", &k.MaxWaiting, 0, negative),
		atLeast(k.pedantic, "max_ack_pending", &k.MaxAckPending, -1, "must be set to -1"),
		atLeast(k.pedantic, "max_batch", &k.MaxRequestBatch, 0, negative),
		atLeast(k.pedantic, "max_expires", &k.MaxRequestExpires, 0, negative),
		atLeast(k.pedantic, "max_bytes", &k.MaxRequestMaxBytes, 0, negative),
		atLeast(k.pedantic, "idle_heartbeat", &k.Heartbeat, 0, negative),
		atLeast(k.pedantic, "inactive_threshold", &k.InactiveThreshold, 0, negative),
		atLeast(k.pedantic, "priority_timeout", &k.PriorityTimeout, 0, negative),
	} {
		if err != nil {
			return err
		}
	}
	if k.MaxDeliver == 0 {
		k.MaxDeliver = -1
	}
	return nil
}

// atLeast brings a number that is below least up to it or, with strict, refuses it.
func atLeast[T int | time.Duration](strict bool, name string, value *T, least T, complaint string) *jsapi.Error {
	if *value >= least {
		return nil
	}
	if strict {
		return pedantic(name + " " + complaint)
	}
	*value = least
	return nil
}

// acks checks how long acknowledgements may take.
func (k *check) acks() *jsapi.Error {
	if len(k.BackOff) > 0 {
		if k.pedantic && k.AckWait != k.BackOff[0] {
			return pedantic("first backoff value has to equal batch AckWait")
		}
		k.AckWait = k.BackOff[0]
	}
	if k.AckWait == 0 && (k.AckPolicy == jsapi.AckExplicit || k.AckPolicy == jsapi.AckAll) {
		k.AckWait = defaultAckWait
	}
	return nil
}

// flowAck turns on what acknowledging by flow control needs.
func (k *check) flowAck() *jsapi.Error {
	if k.AckPolicy != jsapi.AckFlowControl || k.pedantic {
		return nil
	}
	if k.Push() {
		k.FlowControl, k.Heartbeat = true, flowControlHeartbeat
	}
	return nil
}

// pending sets the defaults of what may be under way.
func (k *check) pending() *jsapi.Error {
	if k.MaxWaiting == 0 && !k.Push() {
		k.MaxWaiting = defaultMaxWaiting
	}
	limit := k.env.Stream.ConsumerLimits.MaxAckPending
	if k.MaxAckPending == 0 && limit > 0 {
		if k.pedantic {
			return pedantic("max_ack_pending must be set if it's configured in stream limits")
		}
		k.MaxAckPending = limit
	}
	if k.MaxAckPending == 0 && k.AckPolicy != jsapi.AckNone {
		k.MaxAckPending = defaultMaxAckPending
		if k.env.MaxAckPending > 0 {
			k.MaxAckPending = min(k.MaxAckPending, k.env.MaxAckPending)
		}
	}
	return nil
}

func (k *check) inactive() *jsapi.Error {
	if k.InactiveThreshold == 0 {
		if limit := k.env.Stream.ConsumerLimits.InactiveThreshold; limit > 0 {
			if k.pedantic {
				return pedantic("inactive_threshold must be set if it's configured in stream limits")
			}
			k.InactiveThreshold = limit
		} else if k.Durable == "" {
			k.InactiveThreshold = defaultInactive
		}
	}
	if k.PriorityPolicy == jsapi.PriorityPinned && k.PriorityTimeout == 0 {
		k.PriorityTimeout = defaultPriorityTimeout
	}
	return nil
}

// groups checks who is served first.
func (k *check) groups() *jsapi.Error {
	if k.PriorityPolicy == jsapi.PriorityNone {
		switch {
		case len(k.PriorityGroups) > 0:
			return jsapi.ErrConsumerPriorityGroupWithPolicyNone
		case k.PriorityTimeout != 0:
			return jsapi.ErrConsumerPinnedTTLWithoutPriorityPolicyNone
		}
		return nil
	}
	switch {
	case k.Push():
		return jsapi.ErrConsumerPushWithPriorityGroup
	case len(k.PriorityGroups) == 0:
		return jsapi.ErrConsumerPriorityPolicyWithoutGroup
	}
	for _, group := range k.PriorityGroups {
		switch {
		case group == "":
			return jsapi.ErrConsumerEmptyGroupName
		case !validGroup(group):
			return jsapi.ErrConsumerInvalidGroupName
		}
	}
	return nil
}

func validGroup(name string) bool {
	if len(name) > maxGroupBytes {
		return false
	}
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("-_/=", rune(c)) {
			return false
		}
	}
	return true
}

func (k *check) texts() *jsapi.Error {
	if len(k.Description) > MaxDescriptionBytes {
		return jsapi.ErrConsumerDescriptionTooLong.With("max", strconv.Itoa(MaxDescriptionBytes))
	}
	size := 0
	for key, value := range k.Metadata {
		size += len(key) + len(value)
	}
	if size > MaxMetadataBytes {
		return jsapi.ErrConsumerMetadataLength.With("limit", fmt.Sprintf("%dKB", MaxMetadataBytes>>10))
	}
	return nil
}

func (k *check) clustered() *jsapi.Error {
	if k.Replicas > 1 && !k.env.Clustered {
		return jsapi.ErrStreamReplicasNotSupported
	}
	return nil
}

func (k *check) replicas() *jsapi.Error {
	switch {
	case k.Replicas < 0:
		return jsapi.ErrReplicasCountCannotBeNegative
	case k.Replicas > max(k.env.Stream.Replicas, 1):
		return jsapi.ErrConsumerReplicasExceedsStream
	case k.Replicas != 0 && k.Replicas != max(k.env.Stream.Replicas, 1) && k.env.Stream.Retention != jsapi.LimitsRetention:
		return jsapi.ErrConsumerReplicasShouldMatchStream
	}
	return nil
}

// filters checks which subjects are wanted.
func (k *check) filters() *jsapi.Error {
	if k.FilterSubject != "" && len(k.FilterSubjects) > 0 {
		return jsapi.ErrConsumerDuplicateFilterSubjects
	}
	if k.FilterSubject != "" && !subject.ValidConfig(k.FilterSubject) {
		return jsapi.ErrStreamInvalidConfig.Because("invalid subject")
	}
	for i, f := range k.FilterSubjects {
		if f == "" {
			return jsapi.ErrConsumerEmptyFilter
		}
		for _, other := range k.FilterSubjects[:i] {
			if subject.Overlap(f, other) {
				return jsapi.ErrConsumerOverlappingSubjectFilters
			}
		}
	}
	for _, f := range k.FilterSubjects {
		if !subject.ValidConfig(f) {
			return jsapi.ErrStreamInvalidConfig.Because("invalid subject")
		}
	}
	return nil
}

// start checks where in the stream the consumer begins.
func (k *check) start() *jsapi.Error {
	fault := func(words, what string) *jsapi.Error {
		return jsapi.ErrConsumerInvalidPolicy.Because("consumer delivery policy is " + words + ", but optional " + what)
	}
	seq, at := k.OptStartSeq > 0, k.OptStartTime != nil
	const (
		seqSet  = "start sequence is also set"
		timeSet = "start time is also set"
	)
	switch k.DeliverPolicy {
	case jsapi.DeliverByStartSequence:
		switch {
		case !seq:
			return fault("deliver by start sequence", "start sequence is not set")
		case at:
			return fault("deliver by start sequence", timeSet)
		}
		return nil
	case jsapi.DeliverByStartTime:
		switch {
		case !at:
			return fault("deliver by start time", "start time is not set")
		case seq:
			return fault("deliver by start time", "start start sequence is also set")
		}
		return nil
	}
	words := map[jsapi.DeliverPolicy]string{
		jsapi.DeliverAll: "deliver all", jsapi.DeliverLast: "deliver last", jsapi.DeliverNew: "deliver new",
		jsapi.DeliverLastPerSubject: "deliver last per subject",
	}[k.DeliverPolicy]
	switch {
	case seq:
		return fault(words, seqSet)
	case at:
		return fault(words, timeSet)
	case k.DeliverPolicy == jsapi.DeliverLastPerSubject && len(k.Filters()) == 0:
		return fault(words, "filter subject is not set")
	}
	return nil
}

func (k *check) sampling() *jsapi.Error {
	if k.SampleFrequency == "" {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(k.SampleFrequency, "%"))
	if err != nil || n < 0 {
		return jsapi.ErrConsumerInvalidSampling.Because(fmt.Sprint(err))
	}
	return nil
}

// retention checks what a work queue needs.
func (k *check) retention() *jsapi.Error {
	if k.env.Stream.Retention != jsapi.WorkQueueRetention || k.Direct || k.Sourcing && k.Push() {
		return nil
	}
	switch {
	case k.AckPolicy != jsapi.AckExplicit && k.AckPolicy != jsapi.AckFlowControl:
		return jsapi.ErrConsumerWQRequiresExplicitAck
	case k.DeliverPolicy != jsapi.DeliverAll:
		return jsapi.ErrConsumerWQConsumerNotDeliverAll
	}
	return nil
}

// RequiredLevel is the API level that a configuration needs.
func RequiredLevel(c *jsapi.ConsumerConfig) int {
	switch {
	case c.AckPolicy == jsapi.AckFlowControl:
		return 4
	case c.PauseUntil != nil && !c.PauseUntil.IsZero(), c.PriorityPolicy != jsapi.PriorityNone:
		return 1
	}
	return 0
}
