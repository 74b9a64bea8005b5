// Package auth decides who connects, to which account, with which permissions.
//
// Users is who may connect by the configuration: it turns Credentials into an Identity, or refuses them. An Identity
// carries Permissions, which answer for each subject whether it may be published to, subscribed to, and delivered.
// Everything here is immutable once made; a reload makes new Users, and Renew says what becomes of those connected.
package auth
