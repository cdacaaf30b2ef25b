//! What has no end, and what nobody meant to be read.

use proptest::prelude::*;

use super::*;

#[test]
fn circles_and_endless_ways_come_to_an_end() {
    let circle = iptables("DROP", "-A INPUT -j SUB\n-A SUB -j INPUT");
    assert_eq!(fate(&circle, &request()), "unknown");
    // Each of sixteen chains jumps sixteen times to the next.
    let mut rules = String::from("-A INPUT -j C0\n");
    for chain in 0..15 {
        for _ in 0..16 {
            rules += &format!("-A C{chain} -s 10.0.0.0/8 -j C{}\n", chain + 1);
        }
    }
    rules += "-A C15 -j DROP";
    assert_eq!(fate(&iptables("DROP", &rules), &request()), "unknown");
}

proptest! {
    /// Whatever is printed, it is read without a panic, and evaluated to an end.
    #[test]
    fn strange_text(text in "(table|chain|set|map|inet|ip|type filter hook input priority|policy|drop|accept|jump a|ct state|vmap|tcp|dport|flags|0x|meta mark|elements =|[{},;:*#()&|/!=<>\"\\\\ \n\t]|[0-9.:-]{1,9}|[a-z]{1,3}|-A INPUT|-j|-p|COMMIT|:INPUT DROP){0,80}") {
        let firewall = Firewall::parse(text);
        fate(&firewall, &request());
        fate(&firewall, &request_v6());
    }

    #[test]
    fn strange_rules(rule in "((tcp|udp|th|ip|ip6|ct|meta|iif|oifname|fib|mark|limit|log|counter|packets|icmp|reject|with|goto|comment|daddr|dport|sport|state|flags|mark|set|vmap|@ports|@m|80|0x8|lo|new|==|!=|>=|&|/|10[.]0[.]0[.]0/[0-9]{1,3}|[{},():\"]) ?){0,14}", policy in "drop|accept") {
        nft(&policy, &rule);
        let rule = format!("-A INPUT {rule}");
        fate(&iptables("DROP", &rule), &request());
    }
}
