package stream

import "sinew.dev/sinew/internal/jetstream/jsapi"

func (k *check) rollups() *jsapi.Error {
	if k.AllowRollup && k.DenyPurge {
		return invalid("roll-ups require the purge permission")
	}
	return nil
}

func (k *check) perSubject() *jsapi.Error {
	switch {
	case k.DiscardNewPerSubject && k.Discard != jsapi.DiscardNew:
		return invalid("discard new per subject requires discard new policy to be set")
	case k.DiscardNewPerSubject && k.MaxMsgsPerSubject <= 0:
		return invalid("discard new per subject requires max msgs per subject > 0")
	}
	return nil
}

func (k *check) persistence() *jsapi.Error {
	if k.PersistMode != jsapi.AsyncPersist {
		return nil
	}
	switch {
	case k.Storage != jsapi.FileStorage:
		return invalid("async persist mode is only supported on file storage")
	case k.AllowAtomicPublish:
		return invalid("async persist mode is not supported with atomic batch publish")
	case k.Replicas > 1:
		return invalid("async persist mode is not supported on replicated streams")
	}
	return nil
}

func (k *check) counters() *jsapi.Error {
	if !k.AllowMsgCounter {
		return nil
	}
	switch {
	case k.Discard == jsapi.DiscardNew:
		return invalid("counter stream cannot use discard new")
	case k.AllowMsgTTL:
		return invalid("counter stream cannot use message TTLs")
	case k.AllowMsgSchedules:
		return invalid("counter stream cannot use message schedules")
	case k.Retention != jsapi.LimitsRetention:
		return invalid("counter stream can only use limits retention")
	}
	return nil
}

func (k *check) schedules() *jsapi.Error {
	if !k.AllowMsgSchedules {
		return nil
	}
	switch {
	case k.Discard == jsapi.DiscardNew:
		return invalid("message scheduling cannot use discard new")
	case k.pedantic && !k.AllowRollup:
		return invalid("message scheduling cannot be set if roll-ups are disabled")
	}
	k.AllowRollup, k.DenyPurge = true, false
	return nil
}
