// Package sublist finds, among many patterns, those that match one subject: the subscriptions for a message.
//
// A List is the truth and is guarded by a mutex; publishers do not take it. Each worker has a Cache of results, which
// it checks against the list's generations: a change of a literal pattern makes stale the results of a small share of
// all subjects, a change of a wildcard pattern those of a share of all first tokens.
package sublist
