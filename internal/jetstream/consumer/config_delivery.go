package consumer

import (
	"strconv"

	"sinew.dev/sinew/internal/jetstream/jsapi"
	"sinew.dev/sinew/internal/subject"
)

// waits checks how long what may take.
func (k *check) waits() *jsapi.Error {
	if k.AckWait < 0 {
		return jsapi.ErrConsumerAckWaitNegative
	}
	for _, wait := range k.BackOff {
		if wait < 0 {
			return jsapi.ErrConsumerBackOffNegative
		}
	}
	if err := k.flowControlAcks(); err != nil {
		return err
	}
	if k.MaxDeliver > 0 && len(k.BackOff) > k.MaxDeliver {
		return jsapi.ErrConsumerMaxDeliverBackoff
	}
	return nil
}

// flowControlAcks checks what acknowledging by flow control needs and excludes.
func (k *check) flowControlAcks() *jsapi.Error {
	if k.AckPolicy != jsapi.AckFlowControl {
		return nil
	}
	switch {
	case !k.Push():
		return jsapi.ErrConsumerAckFCRequiresPush
	case !k.FlowControl:
		return jsapi.ErrConsumerAckFCRequiresFC
	case k.MaxAckPending <= 0:
		return jsapi.ErrConsumerAckFCRequiresMaxAckPending
	case k.AckWait != 0 || len(k.BackOff) > 0:
		return jsapi.ErrConsumerAckFCRequiresNoAckWait
	case k.MaxDeliver > 0:
		return jsapi.ErrConsumerAckFCRequiresNoMaxDeliver
	}
	return nil
}

// delivery checks how messages reach the client.
func (k *check) delivery() *jsapi.Error {
	if k.Push() {
		return k.push()
	}
	return k.pull()
}

func (k *check) push() *jsapi.Error {
	switch {
	case !subject.IsLiteral(k.DeliverSubject):
		return jsapi.ErrConsumerDeliverToWildcards
	case !subject.ValidConfig(k.DeliverSubject):
		return jsapi.ErrConsumerInvalidDeliverSubject
	}
	for _, s := range k.env.Stream.Subjects {
		if subject.Overlap(s, k.DeliverSubject) {
			return jsapi.ErrConsumerDeliverCycle
		}
	}
	switch {
	case k.MaxWaiting != 0:
		return jsapi.ErrConsumerPushMaxWaiting
	case k.MaxAckPending > 0 && k.AckPolicy == jsapi.AckNone:
		return jsapi.ErrConsumerMaxPendingAckPolicyRequired
	case k.Heartbeat > 0 && k.Heartbeat < leastHeartbeat:
		return jsapi.ErrConsumerSmallHeartbeat
	}
	return nil
}

func (k *check) pull() *jsapi.Error {
	switch {
	case k.env.Stream.Retention == jsapi.WorkQueueRetention && k.AckPolicy == jsapi.AckNone:
		return jsapi.ErrConsumerPullRequiresAck
	case k.RateLimit > 0:
		return jsapi.ErrConsumerPullWithRateLimit
	case k.Heartbeat > 0:
		return jsapi.ErrConsumerHBRequiresPush
	case k.FlowControl:
		return jsapi.ErrConsumerFCRequiresPush
	case k.MaxRequestExpires > 0 && k.MaxRequestExpires < leastExpires:
		return jsapi.ErrConsumerMaxRequestExpiresTooSmall
	case k.env.MaxRequestBatch > 0 && k.MaxRequestBatch > k.env.MaxRequestBatch:
		return jsapi.ErrConsumerMaxRequestBatchExceeded.With("limit", strconv.Itoa(k.env.MaxRequestBatch))
	}
	return nil
}

// direct checks what only servers ask for.
func (k *check) direct() *jsapi.Error {
	switch {
	case k.Direct && !k.Push():
		return jsapi.ErrConsumerDirectRequiresPush
	case k.Direct && k.Durable != "":
		return jsapi.ErrConsumerDirectRequiresEphemeral
	}
	return nil
}

func (k *check) flowControl() *jsapi.Error {
	if k.FlowControl && k.Heartbeat == 0 {
		return jsapi.ErrConsumerWithFlowControlNeedsHeartbeats
	}
	return nil
}

// bounds checks what the stream and the server allow.
func (k *check) bounds() *jsapi.Error {
	limits := k.env.Stream.ConsumerLimits
	switch {
	case limits.MaxAckPending > 0 && k.MaxAckPending > limits.MaxAckPending:
		return jsapi.ErrConsumerMaxPendingAckExcess.With("limit", strconv.Itoa(limits.MaxAckPending))
	case k.env.MaxAckPending > 0 && k.MaxAckPending > k.env.MaxAckPending:
		return jsapi.ErrConsumerMaxPendingAckExcess.With("limit", strconv.Itoa(k.env.MaxAckPending))
	case limits.InactiveThreshold > 0 && k.InactiveThreshold > limits.InactiveThreshold:
		return jsapi.ErrConsumerInactiveThresholdExcess.With("limit", limits.InactiveThreshold.String())
	}
	return nil
}
