// Package auth says who connects, to which account, and what they may do.
//
// Users answers for the users of a configuration: passwords in plain or as bcrypt hashes, tokens, nkeys, and
// certificates that name a user. Other ways to authenticate implement Authenticator too.
package auth
