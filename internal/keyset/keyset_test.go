package keyset

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

type item struct{ key string }

func (i *item) Key() string { return i.key }

func find(s *Set[*item], key string) *item {
	found, _ := Find(s, Hash(key), key)
	return found
}

func TestSetAgreesWithAMap(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	var set Set[*item]
	model := map[string]*item{}
	for step := range 60000 {
		key := fmt.Sprint(random.IntN(1 + step%1500))
		have := model[key]
		if got, _ := Find(&set, Hash([]byte(key)), []byte(key)); got != have {
			t.Fatalf("seed %d, step %d: find %s gave %v", seed, step, key, got)
		}
		if have != nil {
			if got, ok := set.Remove(Hash(key), key); !ok || got != have {
				t.Fatalf("seed %d, step %d: remove %s gave %v", seed, step, key, got)
			}
			delete(model, key)
		} else {
			model[key] = &item{key}
			set.Add(Hash(key), model[key])
		}
		if set.Len() != len(model) {
			t.Fatalf("seed %d, step %d: %d entries, want %d", seed, step, set.Len(), len(model))
		}
	}
	if len(set.AppendAll(nil)) != len(model) {
		t.Errorf("AppendAll gave %d entries, want %d", len(set.AppendAll(nil)), len(model))
	}
	for key := range model {
		set.Remove(Hash(key), key)
		if _, ok := set.Remove(Hash(key), key); ok || find(&set, key) != nil {
			t.Fatalf("%s was removed and found", key)
		}
	}
	if set.Len() != 0 || set.slots != nil {
		t.Errorf("an emptied set keeps %d entries, %d slots", set.Len(), len(set.slots))
	}
}

func BenchmarkAdd(b *testing.B) {
	items := make([]*item, 100000)
	for i := range items {
		items[i] = &item{fmt.Sprint("subject.", i)}
	}
	b.ReportAllocs()
	for b.Loop() {
		var set Set[*item]
		for _, i := range items {
			set.Add(Hash(i.key), i)
		}
	}
}
