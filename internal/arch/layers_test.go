package arch

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// root is the module's root as seen from this package.
const root = "../.."

// TestLayers compares layers.txt with the imports of the real tree.
func TestLayers(t *testing.T) {
	module, rules := realModule(t)
	for _, problem := range checkLayers(module, rules) {
		t.Error(problem)
	}
}

func realModule(t *testing.T) (*tree, []rule) {
	t.Helper()
	module, err := readTree(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	rules, problems := parseLayers(string(text))
	if len(problems) > 0 {
		t.Fatal(strings.Join(problems, "\n"))
	}
	return module, rules
}

// A rule is one line of layers.txt.
type rule struct {
	line int
	pkg  string
	pure bool
	may  []string // what pkg may import of this module
}

// parseLayers reads lines of the form "[pure] package [: imports...]". What a line may import has to stand on
// an earlier line; so the list has no cycle, and reads from the bottom floor to the top.
func parseLayers(text string) (rules []rule, problems []string) {
	complain := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("layers.txt:%d: ", line)+fmt.Sprintf(format, args...))
	}
	earlier := map[string]bool{}
	line := 0
	for text := range strings.Lines(text) {
		line++
		text, _, _ = strings.Cut(text, "#")
		head, tail, _ := strings.Cut(text, ":")
		name := strings.Fields(head)
		r := rule{line: line, may: strings.Fields(tail)}
		if len(name) == 2 && name[0] == "pure" {
			r.pure, name = true, name[1:]
		}
		if len(name) == 0 && len(r.may) == 0 {
			continue
		}
		if len(name) != 1 || path.Clean(name[0]) != name[0] {
			complain(line, "want \"[pure] package [: imports...]\"")
			continue
		}
		r.pkg = name[0]
		if earlier[r.pkg] {
			complain(line, "%s has a line already", r.pkg)
			continue
		}
		for _, dep := range r.may {
			if !earlier[dep] {
				complain(line, "%s may import %s, which stands on no earlier line", r.pkg, dep)
			}
		}
		earlier[r.pkg] = true
		rules = append(rules, r)
	}
	return rules, problems
}

// checkLayers reports packages without a line, lines without a package, and imports that no line allows.
func checkLayers(t *tree, rules []rule) (problems []string) {
	byName := map[string]rule{}
	for _, r := range rules {
		byName[r.pkg] = r
		if len(t.packages[r.pkg]) == 0 {
			problems = append(problems, fmt.Sprintf("layers.txt:%d: there is no package %s", r.line, r.pkg))
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(t.packages)) {
		r, ok := byName[pkg]
		if !ok {
			problems = append(problems, fmt.Sprintf("package %s has no line in layers.txt: say on which floor it stands", pkg))
			continue
		}
		for _, dep := range t.imports(pkg) {
			if !slices.Contains(r.may, dep) {
				problems = append(problems, fmt.Sprintf("package %s imports %s, which layers.txt:%d does not allow", pkg, dep, r.line))
			}
		}
	}
	return problems
}
