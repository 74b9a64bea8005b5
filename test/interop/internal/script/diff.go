package script

import "strings"

// Diff shows where two texts differ, line by line: "-" lines are only in want, "+" lines only in got, with the
// unchanged lines right before for orientation. It is empty for equal texts.
func Diff(want, got string) string {
	if want == got {
		return ""
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	common := commonLengths(a, b)
	var out strings.Builder
	var pending []string // unchanged lines not yet shown
	show := func(mark, line string) {
		for _, context := range pending[max(0, len(pending)-contextLines):] {
			out.WriteString("  " + context + "\n")
		}
		pending = nil
		out.WriteString(mark + line + "\n")
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			pending = append(pending, a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			show("- ", a[i])
			i++
		default:
			show("+ ", b[j])
			j++
		}
	}
	return out.String()
}

// contextLines is how many unchanged lines Diff shows before a difference.
const contextLines = 4

// commonLengths[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
func commonLengths(a, b []string) [][]int {
	lengths := make([][]int, len(a)+1)
	for i := range lengths {
		lengths[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			} else {
				lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			}
		}
	}
	return lengths
}
