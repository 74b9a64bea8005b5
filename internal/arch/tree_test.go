package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A tree is the non-test Go files of one module, by package as layers.txt names it.
type tree struct {
	fset     *token.FileSet
	packages map[string][]*ast.File
	module   string
}

// readTree parses the module at the root of fsys, whatever a file's build constraints are: an import is an
// import on every system. Nested modules, testdata and folders the go command passes over are left out. Test
// files are too, for they may use any package.
//
// It parses the files itself because the go command knows which files a test opened and runs the test again
// when they change, but serves a stale cached pass to a test that only calls go list.
func readTree(fsys fs.FS) (*tree, error) {
	module, err := modulePath(fsys)
	if err != nil {
		return nil, err
	}
	t := &tree{fset: token.NewFileSet(), packages: map[string][]*ast.File{}, module: module}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(fsys, name)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return t.add(fsys, name)
	})
	return t, err
}

// modulePath returns the module's path from the go.mod at the root.
func modulePath(fsys fs.FS) (string, error) {
	text, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "module" {
			return strings.Trim(f[1], `"`), nil
		}
	}
	return "", errors.New("go.mod: no module line")
}

// enter tells the walk to skip a folder whose files do not belong to the module's packages.
func enter(fsys fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func (t *tree) add(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(t.fset, name, src, 0)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	pkg := layerName(path.Dir(name))
	t.packages[pkg] = append(t.packages[pkg], file)
	return nil
}

// layerName is how layers.txt names the package in a folder: relative to internal/, or to the module's root
// with a slash in front.
func layerName(dir string) string {
	if inside, ok := strings.CutPrefix(dir, "internal/"); ok {
		return inside
	}
	return "/" + strings.TrimPrefix(dir, ".")
}

// imports returns the packages of this module that a package imports, each once, sorted.
func (t *tree) imports(pkg string) []string {
	var list []string
	for _, file := range t.packages[pkg] {
		for _, spec := range file.Imports {
			name := importPath(spec)
			if name == t.module {
				list = append(list, layerName("."))
			} else if dir, ok := strings.CutPrefix(name, t.module+"/"); ok {
				list = append(list, layerName(dir))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// importPath is the path in an import declaration. The parser has checked that it is a valid string.
func importPath(spec *ast.ImportSpec) string {
	name, _ := strconv.Unquote(spec.Path.Value)
	return name
}
