package server

import (
	"errors"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/subject"
)

// users makes who may connect out of the configuration.
func users(c *config.Config) (*auth.Users, error) {
	o := auth.UsersOptions{
		User: c.Authorization.User, Password: c.Authorization.Password, Token: c.Authorization.Token,
		Account: account.Global, NoAuthUser: c.NoAuthUser,
		VerifyAndMap: c.TLS != nil && c.TLS.VerifyAndMap,
	}
	add := func(list []config.User, account string) error {
		for i := range list {
			u, err := userOf(&list[i], account)
			if err != nil {
				return err
			}
			o.Users = append(o.Users, u)
		}
		return nil
	}
	if err := add(c.Authorization.Users, account.Global); err != nil {
		return nil, err
	}
	for i := range c.Accounts {
		if err := add(c.Accounts[i].Users, c.Accounts[i].Name); err != nil {
			return nil, err
		}
	}
	return auth.NewUsers(o)
}

// userOf translates one user and checks its permissions, so that an error tells where they stand.
func userOf(u *config.User, account string) (auth.User, error) {
	one := auth.User{Name: u.Name, Password: u.Password, NKey: u.NKey, Account: account}
	for _, t := range u.ConnectionTypes {
		if known, ok := auth.ParseConnectionType(t); ok {
			one.ConnectionTypes = append(one.ConnectionTypes, known)
		}
	}
	p := u.Permissions
	if p == nil {
		return one, nil
	}
	one.Permissions = &auth.PermissionOptions{Publish: ruleOf(p.Publish), Subscribe: ruleOf(p.Subscribe)}
	if p.AllowResponses != nil {
		one.Permissions.Responses = &auth.Responses{MaxMessages: p.AllowResponses.MaxMessages, Expires: p.AllowResponses.Expires}
	}
	if _, err := auth.NewPermissions(*one.Permissions); err != nil {
		return one, &config.Error{Position: p.Position, Text: err.Error()}
	}
	return one, nil
}

func ruleOf(r *config.Rule) *auth.Rule {
	if r == nil {
		return nil
	}
	return &auth.Rule{Allow: r.Allow, Deny: r.Deny}
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
	m, err := subject.NewMappings(list, "")
	var at *subject.MappingError
	if errors.As(err, &at) {
		position := defs[at.Mapping].Position
		if at.Destination >= 0 {
			position = defs[at.Mapping].Destinations[at.Destination].Position
		}
		return nil, &config.Error{Position: position, Text: err.Error()}
	}
	return m, err
}
