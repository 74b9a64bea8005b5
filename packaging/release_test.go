package packaging

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReleaseBuildsWhatCIBuilds compares the targets of .goreleaser.yaml with those of the step cross of .ci/run.
func TestReleaseBuildsWhatCIBuilds(t *testing.T) {
	var released []string
	for _, match := range regexp.MustCompile(`(?m)^ {6}- ((?:linux|darwin|windows|freebsd)_\S+)$`).FindAllStringSubmatch(read(t, ".goreleaser.yaml"), -1) {
		released = append(released, strings.ReplaceAll(match[1], "_", "/"))
	}
	_, step, _ := strings.Cut(read(t, ".ci/run"), "step_cross() {")
	step, _, _ = strings.Cut(step, "\n}")
	built := regexp.MustCompile(`(?:linux|darwin|windows|freebsd)/[a-z0-9/]+`).FindAllString(step, -1)
	slices.Sort(released)
	slices.Sort(built)
	if len(released) == 0 || !slices.Equal(released, built) {
		t.Errorf("released %q\nbuilt by CI %q", released, built)
	}
}

// TestReleaseFilesExist looks for the files that .goreleaser.yaml names one by one.
func TestReleaseFilesExist(t *testing.T) {
	for _, match := range regexp.MustCompile(`(?:src|postinstall|preremove|dockerfile): ([^,}\s]+)`).FindAllStringSubmatch(read(t, ".goreleaser.yaml"), -1) {
		name := match[1]
		if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "dist-extras/") || strings.Contains(name, "*") {
			continue // installed, made before the build, or many
		}
		read(t, name)
	}
}

// TestExtrasMakesWhatTheReleasePacks compares the script with what .goreleaser.yaml takes from its folder.
func TestExtrasMakesWhatTheReleasePacks(t *testing.T) {
	script := read(t, "packaging/release/extras.sh")
	for _, match := range regexp.MustCompile(`dist-extras/([a-z]+/[a-z_.*]+)`).FindAllStringSubmatch(read(t, ".goreleaser.yaml"), -1) {
		dir, name, _ := strings.Cut(match[1], "/")
		want := "$out/" + dir + "/" + name
		if name == "*" {
			want = "$out/" + dir
		}
		if !strings.Contains(script, want) {
			t.Errorf(".goreleaser.yaml packs dist-extras/%s, which extras.sh does not make", match[1])
		}
	}
}
