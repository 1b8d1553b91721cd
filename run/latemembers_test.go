package run

import "strings"

// earlierQueryLabs are labs in which a querier has asked in an earlier step: the
// answer comes in the step that looks at it, where there is one to come.
func earlierQueryLabs() (labs []lateLab) {
	igmp := func(payload string) string {
		return `{name: asked, send: {from: "b:eth0", frame: {eth: {dst: "01:00:5e:00:00:01"}, ip: {src: "@b:eth0", dst: 224.0.0.1, ttl: 1, proto: igmp}, payload: {hex: "` + payload + `"}, nonce: none}}}`
	}
	mld := `{name: asked, send: {from: "b:eth0", frame: {eth: {src: "@b:eth0", dst: "33:33:00:00:00:01"}, ipv6: {src: "fe80::1", dst: "ff02::1", hlim: 1}, icmpv6: {type: mldv2-query, max_resp_delay: 900}, nonce: none}}}`
	const (
		within4s    = "1128ec5a00000000027d0000" // RFC 3376 4.1, a response time of 40 tenths
		within100ms = "1101ec8100000000027d0000"
	)
	joins := `{name: joins, set: {"a:eth0": {groups: [239.1.2.3, "ff05::1:1"]}}, strict: true}`
	other := `{name: another joins, set: {"b:eth0": {groups: [239.1.2.9]}}, strict: true, expect: {seen: {at: "a:eth0 in", frames: "igmp.type == 0x22", within: 500ms}}}`
	four := strings.NewReplacer(`, "2001:db8::1/64"`, "", `, "2001:db8::2/64"`, "").Replace(pairLab("", ""))
	never4 := `never: {at: "b:eth0 in", frames: "igmp.type == 0x22"}`
	echo := `ping: {from: b, to: a, family: ipv4}`
	for _, l := range []lateLab{
		{name: "an answer of IGMP that an earlier step asked for", topology: four, before: []string{joins4(joins), igmp(within4s)}, comes: true, claims: onlyIf(never4)},
		{name: "an answer of MLD that an earlier step asked for", topology: pairLab("", ""), before: []string{joins, mld}, comes: true,
			late: `at: "b:eth0 in", frames: "icmpv6.type == 143"`, claims: onlyIf(`never: {at: "b:eth0 in", frames: "icmpv6.type == 143"}`)},
		{name: "a step lies between", topology: four, before: []string{joins4(joins), igmp(within4s), `{name: between, ping: {from: a, to: b}, expect: {reply: {}}}`}, comes: true, claims: onlyIf(never4)},
		{name: "nobody has joined anything", topology: four, before: []string{igmp(within4s)}, after: []string{other}, claims: onlyIf(never4)},
		{name: "who asked was told before", topology: four, before: []string{strings.TrimSuffix(joins4(joins), "}") + `, expect: {seen: {at: "b:eth0 in", frames: "igmp.type == 0x22", within: 500ms}}}`, igmp(within100ms), `{name: told, strict: true, wait: {for: 900ms}, expect: {seen: {at: "b:eth0 in", frames: "igmp.type == 0x22"}}}`}, claims: onlyIf(never4)},
	} {
		l.stimulus, l.strict = echo, true
		if l.comes {
			l.since = "asked"
		}
		labs = append(labs, l)
	}
	return labs
}

func joins4(step string) string { return strings.Replace(step, `, "ff05::1:1"`, "", 1) }
