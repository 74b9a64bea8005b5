package packaging

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// A stage is one FROM of a Dockerfile with what follows it.
type stage struct {
	name, base string
	steps      []step
}

// A step is one instruction: its word in capitals, its flags, and the rest of the line with continuations joined.
type step struct {
	word  string
	flags []string
	rest  string
}

// args are the words of a step, or the elements of its JSON form.
func (s step) args(t testing.TB) []string {
	t.Helper()
	if !strings.HasPrefix(s.rest, "[") {
		return strings.Fields(s.rest)
	}
	var list []string
	if err := json.Unmarshal([]byte(s.rest), &list); err != nil {
		t.Fatalf("%s %s: %v", s.word, s.rest, err)
	}
	return list
}

// parseDockerfile reads as much of the language as our Dockerfile uses.
func parseDockerfile(t testing.TB, text string) []stage {
	t.Helper()
	var stages []stage
	var pending string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if cut, more := strings.CutSuffix(line, `\`); more {
			pending += strings.TrimSpace(cut) + " "
			continue
		}
		line, pending = pending+line, ""
		word, rest, _ := strings.Cut(line, " ")
		s := step{word: strings.ToUpper(word)}
		for strings.HasPrefix(rest, "--") {
			var flag string
			flag, rest, _ = strings.Cut(rest, " ")
			s.flags = append(s.flags, flag)
		}
		s.rest = strings.TrimSpace(rest)
		switch {
		case s.word == "FROM":
			f := strings.Fields(s.rest)
			if len(f) != 3 || f[1] != "AS" {
				t.Fatalf("want FROM image AS name: %s", line)
			}
			stages = append(stages, stage{base: f[0], name: f[2]})
		case len(stages) > 0:
			last := &stages[len(stages)-1]
			last.steps = append(last.steps, s)
		case s.word != "ARG":
			t.Fatalf("%s before the first FROM", line)
		}
	}
	return stages
}

// stageNamed returns one stage of our Dockerfile.
func stageNamed(t testing.TB, name string) stage {
	t.Helper()
	stages := parseDockerfile(t, read(t, "Dockerfile"))
	i := slices.IndexFunc(stages, func(s stage) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("the Dockerfile has no stage %s", name)
	}
	return stages[i]
}

// all returns the steps with one word.
func (s stage) all(word string) []step {
	var found []step
	for _, step := range s.steps {
		if step.word == word {
			found = append(found, step)
		}
	}
	return found
}

// last returns the last step with one word, which is the one that counts.
func (s stage) last(t testing.TB, word string) step {
	t.Helper()
	found := s.all(word)
	if len(found) == 0 {
		t.Fatalf("stage %s has no %s", s.name, word)
	}
	return found[len(found)-1]
}

// TestDockerfileKeepsTheFaceOfNats compares what a user of the nats image relies on.
func TestDockerfileKeepsTheFaceOfNats(t *testing.T) {
	for _, want := range []struct {
		stage, base     string
		entrypoint, cmd []string
	}{
		{"scratch", "scratch", []string{"/nats-server"}, []string{"--config", "nats-server.conf"}},
		{"alpine", "alpine:${ALPINE_VERSION}", []string{"docker-entrypoint.sh"}, []string{"nats-server", "--config", "/etc/nats/nats-server.conf"}},
	} {
		s := stageNamed(t, want.stage)
		if s.base != want.base {
			t.Errorf("%s is made from %s, want %s", s.name, s.base, want.base)
		}
		for word, list := range map[string][]string{
			"ENTRYPOINT": want.entrypoint, "CMD": want.cmd, "EXPOSE": {"4222", "8222", "6222"},
		} {
			if got := s.last(t, word).args(t); !slices.Equal(got, list) {
				t.Errorf("%s: %s %q, want %q", s.name, word, got, list)
			}
		}
		for _, word := range []string{"USER", "WORKDIR", "VOLUME"} {
			if len(s.all(word)) > 0 {
				t.Errorf("%s has a %s; the nats image has none, and mounts of its users would not fit", s.name, word)
			}
		}
	}
	stages := parseDockerfile(t, read(t, "Dockerfile"))
	if last := stages[len(stages)-1].name; last != "scratch" {
		t.Errorf("a build without --target makes the stage %s, want scratch", last)
	}
}
