#!/bin/sh
# The five checks of bench/scenarios the usual way: ip, ping and tcpdump in
# named network namespaces, as carefully as a script can be. Needs root,
# iproute2, ping and tcpdump. An absence is a ping that times out: there is
# nothing else that a script could wait for.
set -eu
id=nvbench$$
nodes="sw host outside c1 c2"
tmp=$(mktemp -d)
failed=0

at() { ns=$1; shift; ip netns exec "$id-$ns" "$@"; }

teardown() { for n in $nodes; do ip netns del "$id-$n" 2>/dev/null || :; done; }
trap 'teardown; rm -rf "$tmp"' EXIT

# build MODE HAIRPIN: two children on host:eth0, its cable in sw:p1; outside in sw:p2.
build() {
  for n in $nodes; do ip netns add "$id-$n"; done
  for n in $nodes; do
    at $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    at $n ip link set lo up
  done
  at sw ip link add br0 type bridge stp_state 0 mcast_snooping 0
  at sw ip link add p1 type veth peer name eth0 netns "$id-host"
  at sw ip link add p2 type veth peer name eth0 netns "$id-outside"
  for p in p1 p2; do at sw ip link set $p master br0 up; done
  at sw ip link set p1 type bridge_slave hairpin "$2"
  at sw ip link set br0 up
  at host ip link set eth0 up
  at outside ip addr add 192.168.128.1/24 dev eth0
  at outside ip link set eth0 up
  for c in 1 2; do
    at host ip link add link eth0 name eth0 netns "$id-c$c" type macvlan mode "$1"
    at c$c ip addr add 192.168.128.1$c/24 dev eth0
    at c$c ip link set eth0 up
  done
  for n in host outside c1 c2; do
    until at $n ip -br link show eth0 | grep -q LOWER_UP; do :; done
  done
}

# watch NODE FILTER FILE: returns when tcpdump listens.
watch() {
  at "$1" tcpdump --immediate-mode -U -n -i eth0 -w "$3" "$2" 2>"$3.log" &
  watcher=$!
  until grep -q 'listening on' "$3.log"; do :; done
}

# heard FILE yes|no: "yes" if the watcher has written a frame, after it was
# told to end. Where one is expected it gets ten seconds to come out of tcpdump.
heard() {
  tries=0
  while [ "$2" = yes ] && [ "$tries" -lt 200 ] && [ "$(frames "$1")" -eq 0 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  kill -INT $watcher
  wait $watcher 2>/dev/null || :
  if [ "$(frames "$1")" -gt 0 ]; then echo yes; else echo no; fi
}

frames() { tcpdump -r "$1" 2>/dev/null | wc -l; }

# answered FROM ADDRESS: "yes" if a ping is.
answered() {
  if at "$1" ping -n -q -c 1 -W 1 "$2" >/dev/null 2>&1; then echo yes; else echo no; fi
}

# expect NAME WHAT GOT WANTED
expect() {
  if [ "$3" = "$4" ]; then echo "pass $1: $2: $3"; else echo "fail $1: $2: $3, expected $4"; failed=1; fi
}

# siblings NAME MODE HAIRPIN yes|no: does c1 reach c2, does c2 hear anything?
siblings() {
  build "$2" "$3"
  watch c2 'arp or icmp' "$tmp/c2.pcap"
  expect "$1" "c1 reaches c2" "$(answered c1 192.168.128.12)" "$4"
  expect "$1" "c2 hears c1" "$(heard "$tmp/c2.pcap" "$4")" "$4"
  if [ "$2" = bridge ]; then
    at host ip addr add 192.168.128.2/24 dev eth0
    expect "$1" "c1 reaches its parent" "$(answered c1 192.168.128.2)" no
  fi
  teardown
}

# station: does the station outside reach c2, and does c1 stay out of it?
station() {
  build bridge off
  watch c1 icmp "$tmp/c1.pcap"
  expect outside "outside reaches c2" "$(answered outside 192.168.128.12)" yes
  sleep 0.5 # what was to come would have come by now, one hopes
  expect outside "c1 hears the echo" "$(heard "$tmp/c1.pcap" no)" no
  teardown
}

siblings bridge bridge off yes
siblings vepa vepa off no
siblings vepa-and-reflecting vepa on yes
siblings private-and-reflecting private on no
station
exit $failed
