package server

import (
	"errors"
	"fmt"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/subject"
)

// users makes who may connect out of the configuration.
func users(c *config.Config) (*auth.Users, error) {
	o := auth.UsersOptions{
		User: c.Authorization.User, Password: c.Authorization.Password, Token: c.Authorization.Token,
		DefaultAccount: account.Global, NoAuthUser: c.NoAuthUser,
		VerifyAndMap: c.TLS != nil && c.TLS.VerifyAndMap,
	}
	var err error
	if o.Users, o.DefaultPermissions, err = usersOf(c.Authorization.Users, c.Authorization.DefaultPermissions); err != nil {
		return nil, err
	}
	for i := range c.Accounts {
		a := auth.AccountUsers{Account: c.Accounts[i].Name}
		if a.Users, a.DefaultPermissions, err = usersOf(c.Accounts[i].Users, c.Accounts[i].DefaultPermissions); err != nil {
			return nil, err
		}
		o.Accounts = append(o.Accounts, a)
	}
	// Default permissions may be wrong without a user that has them.
	if err := checkPermissions(c.Authorization.DefaultPermissions); err != nil {
		return nil, err
	}
	for i := range c.Accounts {
		if err := checkPermissions(c.Accounts[i].DefaultPermissions); err != nil {
			return nil, err
		}
	}
	u, err := auth.NewUsers(o)
	if err != nil {
		return nil, placeOf(c, err)
	}
	return u, nil
}

// placeOf finds the permissions that an error of auth is about, and says where they stand. They are compiled once more for
// that, rather than all of them twice when all is well.
func placeOf(c *config.Config, err error) error {
	lists := [][]config.User{c.Authorization.Users}
	for i := range c.Accounts {
		lists = append(lists, c.Accounts[i].Users)
	}
	for _, list := range lists {
		for i := range list {
			if err := checkPermissions(list[i].Permissions); err != nil {
				return err
			}
		}
	}
	return err
}

func checkPermissions(p *config.Permissions) error {
	if p == nil {
		return nil
	}
	if _, err := auth.NewPermissions(*permissionsOf(p)); err != nil {
		return &config.Error{Position: p.Position, Text: err.Error()}
	}
	return nil
}

// usersOf translates users and the default permissions among them, which are filled in already and are compiled once only.
func usersOf(list []config.User, defaults *config.Permissions) ([]auth.UserOptions, *auth.PermissionOptions, error) {
	users := make([]auth.UserOptions, 0, len(list))
	for i := range list {
		u := &list[i]
		one := auth.UserOptions{Name: u.Name, Password: u.Password, NKey: u.NKey}
		for _, name := range u.ConnectionTypes {
			t, err := auth.ParseConnectionType(name)
			if err != nil {
				return nil, nil, &config.Error{Position: u.Position, Text: err.Error()}
			}
			one.ConnectionTypes = append(one.ConnectionTypes, t)
		}
		if u.Permissions != defaults {
			one.Permissions = permissionsOf(u.Permissions)
		}
		users = append(users, one)
	}
	if defaults == nil {
		return users, nil, nil
	}
	return users, permissionsOf(defaults), nil
}

func permissionsOf(p *config.Permissions) *auth.PermissionOptions {
	o := &auth.PermissionOptions{}
	if r := p.Publish; r != nil {
		o.PublishAllow, o.PublishDeny = r.Allow, r.Deny
	}
	if r := p.Subscribe; r != nil {
		o.SubscribeAllow, o.SubscribeDeny = r.Allow, r.Deny
	}
	if r := p.AllowResponses; r != nil {
		o.Responses = &auth.ResponseOptions{Max: r.MaxMessages, Expires: r.Expires}
	}
	return o
}

// mappings makes mappings out of the configuration; nil: none.
func mappings(defs []config.Mapping) (*subject.Mappings, error) {
	if len(defs) == 0 {
		return nil, nil
	}
	list := make([]subject.Mapping, 0, len(defs))
	for _, def := range defs {
		m := subject.Mapping{Source: def.Source}
		for _, d := range def.Destinations {
			m.Destinations = append(m.Destinations, subject.Destination{Subject: d.Subject, Weight: d.Weight, Cluster: d.Cluster})
		}
		list = append(list, m)
	}
	m, err := subject.NewMappings(list)
	var at *subject.MappingError
	if errors.As(err, &at) {
		return nil, mappingError(defs, at)
	}
	return m, err
}

// mappingError tells where the faulty mapping stands, in the reference's words, which differ with the mapping's form.
func mappingError(defs []config.Mapping, at *subject.MappingError) error {
	for i := range defs {
		def := &defs[i]
		if def.Source != at.Source {
			continue
		}
		if len(def.Destinations) == 1 && def.Destinations[0].Weight == 100 && def.Destinations[0].Cluster == "" {
			d := &def.Destinations[0]
			return &config.Error{Position: d.Position, Text: fmt.Sprintf("Error adding mapping for %q to %q : %v", at.Source, d.Subject, at.Err)}
		}
		return &config.Error{Position: def.Position, Text: fmt.Sprintf("Error adding mapping for %q : %v", at.Source, at.Err)}
	}
	return at
}
