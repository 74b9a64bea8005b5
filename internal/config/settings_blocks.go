package config

func (c *Config) authorizationSettings() []Setting {
	a := &c.Authorization
	const block = "authorization."
	var list []Setting
	add := func(key string, v any) {
		list = append(list, Setting{Key: block + key, Value: v, Position: c.Origin(block + key)})
	}
	if a.User != "" {
		add("user", a.User)
	}
	if a.Password != "" {
		add("password", secret(a.Password))
	}
	if a.Token != "" {
		add("token", secret(a.Token))
	}
	add("timeout", c.AuthTimeout().String())
	if a.DefaultPermissions != nil {
		add("default_permissions", a.DefaultPermissions.document())
	}
	return append(list, userSettings("authorization", a.Users)...)
}

func userSettings(block string, users []User) []Setting {
	list := make([]Setting, 0, len(users))
	for i := range users {
		u := &users[i]
		list = append(list, Setting{Key: block + ".users[" + u.id() + "]", Value: u.document(), Position: u.Position})
	}
	return list
}

// id is what a user is known by.
func (u *User) id() string {
	if u.NKey != "" {
		return u.NKey
	}
	return u.Name
}

// document is a user for people to read.
func (u *User) document() map[string]any {
	doc := make(map[string]any)
	if u.NKey == "" {
		doc["password"] = secret(u.Password)
	}
	if u.Permissions != nil {
		doc["permissions"] = u.Permissions.document()
	}
	if len(u.ConnectionTypes) > 0 {
		doc["allowed_connection_types"] = u.ConnectionTypes
	}
	return doc
}

// secret says what kind of secret there is, and nothing of it.
func secret(text string) string {
	switch {
	case text == "":
		return "(none)"
	case IsBcrypt(text):
		return "(bcrypt hash)"
	}
	return "(plain text)"
}

func (p *Permissions) document() map[string]any {
	doc := make(map[string]any)
	rule := func(key string, r *Rule) {
		if r == nil {
			return
		}
		lists := make(map[string]any)
		if r.Allow != nil {
			lists["allow"] = r.Allow
		}
		if r.Deny != nil {
			lists["deny"] = r.Deny
		}
		doc[key] = lists
	}
	rule("publish", p.Publish)
	rule("subscribe", p.Subscribe)
	if r := p.AllowResponses; r != nil {
		doc["allow_responses"] = map[string]any{"max": r.MaxMessages, "expires": r.Expires.String()}
	}
	return doc
}

func (c *Config) accountSettings() []Setting {
	var list []Setting
	for i := range c.Accounts {
		a := &c.Accounts[i]
		block := "accounts[" + a.Name + "]"
		doc := map[string]any{"limits": map[string]any{
			"max_connections": a.Limits.MaxConnections, "max_subscriptions": a.Limits.MaxSubscriptions,
			"max_payload": a.Limits.MaxPayload, "max_leafnodes": a.Limits.MaxLeafNodes,
		}}
		if a.NKey != "" {
			doc["nkey"] = a.NKey
		}
		if a.DefaultPermissions != nil {
			doc["default_permissions"] = a.DefaultPermissions.document()
		}
		list = append(list, Setting{Key: block, Value: doc, Position: a.Position})
		list = append(list, userSettings(block, a.Users)...)
		for j := range a.Mappings {
			list = append(list, mappingSetting(block+".mappings", &a.Mappings[j]))
		}
	}
	return list
}

func mappingSetting(block string, m *Mapping) Setting {
	var destinations []any
	for _, d := range m.Destinations {
		doc := map[string]any{"destination": d.Subject, "weight": d.Weight}
		if d.Cluster != "" {
			doc["cluster"] = d.Cluster
		}
		destinations = append(destinations, doc)
	}
	return Setting{Key: block + "[" + m.Source + "]", Value: destinations, Position: m.Position}
}
