//! What passed through IPVS altogether, as /proc/net/ip_vs_stats reports it; no I/O.
//!
//! The kernel offers it in no other way. It counts what services took that are deleted by now, too.

use crate::model::Stats;

/// Where the kernel shows the totals of the caller's network namespace.
pub const PATH: &str = "/proc/net/ip_vs_stats";

/// The totals, which are in hexadecimal below two lines of titles; `None` where the text has
/// another form.
pub fn parse(text: &str) -> Option<Stats> {
    let mut fields = text.lines().nth(2)?.split_ascii_whitespace();
    let mut field = || u64::from_str_radix(fields.next()?, 16).ok();
    Some(Stats {
        connections: field()?,
        in_packets: field()?,
        out_packets: field()?,
        in_bytes: field()?,
        out_bytes: field()?,
        ..Stats::default()
    })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::model::Stats;

    const TEXT: &str = "   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
      1F       2A        0       1FFFFFFFFF                A

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        0        0                0                0
";

    #[test]
    fn the_third_line_counts() {
        let totals = Stats {
            connections: 31,
            in_packets: 42,
            out_packets: 0,
            in_bytes: 0x1f_ffff_ffff,
            out_bytes: 10,
            ..Stats::default()
        };
        assert_eq!(parse(TEXT), Some(totals));
    }

    #[test]
    fn another_form_is_refused() {
        let cut = TEXT.find("                A").unwrap();
        for text in ["", &TEXT[..cut], &TEXT.replace("1F ", "xx ")] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
