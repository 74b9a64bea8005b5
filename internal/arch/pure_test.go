package arch

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"testing"
)

// TestPure looks into the packages marked pure in layers.txt for goroutines, clocks and I/O.
func TestPure(t *testing.T) {
	module, rules := realModule(t)
	pure := 0
	for _, r := range rules {
		if r.pure {
			pure++
		}
	}
	if pure == 0 {
		t.Error("layers.txt marks no package as pure")
	}
	for _, problem := range checkPure(module, rules) {
		t.Error(problem)
	}
}

// impure lists what a pure package does not touch: by package, the names, or none for all of the package. A
// clock, a timer or a file is handed in by the caller. Types and constants of time (Duration, Timer) are fine.
var impure = map[string][]string{
	"time":      {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"},
	"context":   {"WithTimeout", "WithTimeoutCause", "WithDeadline", "WithDeadlineCause", "AfterFunc"},
	"net":       {"Dial", "DialTimeout", "Listen", "ListenPacket", "LookupHost", "LookupIP", "LookupAddr", "Interfaces", "InterfaceAddrs", "Dialer", "ListenConfig", "Resolver", "DefaultResolver"},
	"os":        nil,
	"os/exec":   nil,
	"os/signal": nil,
	"os/user":   nil,
	"io/ioutil": nil,
	"net/http":  nil,
	"syscall":   nil,
}

// checkPure reports each go statement, and each use of what impure lists, in a package marked pure.
func checkPure(t *tree, rules []rule) (problems []string) {
	for _, r := range rules {
		if !r.pure {
			continue
		}
		for _, file := range t.packages[r.pkg] {
			complain := func(at ast.Node, format string, args ...any) {
				pos := t.fset.Position(at.Pos())
				problems = append(problems, fmt.Sprintf("%s:%d: pure package %s ", pos.Filename, pos.Line, r.pkg)+fmt.Sprintf(format, args...))
			}
			checkPureFile(file, complain)
		}
	}
	return problems
}

func checkPureFile(file *ast.File, complain func(ast.Node, string, ...any)) {
	limited := map[string]string{} // name in this file -> path of an import some names of which are impure
	for _, spec := range file.Imports {
		name := importPath(spec)
		names, listed := impure[name]
		switch {
		case !listed:
		case names == nil:
			complain(spec, "imports %s", name)
		case spec.Name == nil:
			limited[path.Base(name)] = name
		case spec.Name.Name == ".":
			complain(spec, "imports %s into its scope", name)
		default:
			limited[spec.Name.Name] = name
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			complain(n, "starts a goroutine")
		case *ast.SelectorExpr:
			// A name the parser resolved is a variable of the file that hides the import.
			if x, ok := n.X.(*ast.Ident); ok && x.Obj == nil {
				if from, ok := limited[x.Name]; ok && slices.Contains(impure[from], n.Sel.Name) {
					complain(n, "uses %s.%s", from, n.Sel.Name)
				}
			}
		}
		return true
	})
}
