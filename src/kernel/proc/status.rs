//! How full the tables are, as /proc/net/ip_vs_status shows it since Linux 7.2; no I/O.

use thiserror::Error;

use crate::model::status::Status;

/// Where the kernel shows the status of the caller's network namespace, to root alone.
pub const PATH: &str = "/proc/net/ip_vs_status";

/// A line that does not have the kernel's form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{PATH} has a line of an unknown form: '{}'", .0.escape_debug())]
pub struct StatusLineError(String);

/// Reads the whole file. Lines of a newer kernel, which are about something else, are passed over.
///
/// # Errors
/// A line that is not a name with a value, or a known one whose value has another form.
pub fn parse(text: &str) -> Result<Status, StatusLineError> {
    let mut status = Status::default();
    for line in text.lines() {
        read_line(&mut status, line).ok_or_else(|| StatusLineError(line.to_owned()))?;
    }
    Ok(status)
}

fn read_line(status: &mut Status, line: &str) -> Option<()> {
    let (name, value) = line.split_once(":\t")?;
    match name {
        "Conns" => status.connections = Some(number(value)?),
        "Services" => status.services = Some(number(value)?),
        "Stats thread slots" => {
            let (slots, most) = value.split_once(" (max ")?;
            status.thread_slots = Some(number(slots)?);
            status.thread_slots_max = Some(number(most.strip_suffix(')')?)?);
        }
        "Stats chain max len" => status.chain_length_max = Some(number(value)?),
        "Stats thread ests" => status.thread_estimators_max = Some(number(value)?),
        _ => {
            let (buckets, length) = match name.split_once(" buckets") {
                Some(("Conn", length)) => (&mut status.connection_buckets, length),
                Some(("Service", length)) => (&mut status.service_buckets, length),
                _ => return Some(()),
            };
            let buckets = buckets.get_or_insert_default();
            match length {
                "" => (buckets.count, buckets.load_factor) = size(value)?,
                " empty" => buckets.lengths.push((0, portion(value)?)),
                _ => match length.strip_prefix(" len-") {
                    Some(length) => buckets.lengths.push((number(length)?, portion(value)?)),
                    None => return Some(()),
                },
            }
            buckets.lengths.sort_unstable();
        }
    }
    Some(())
}

/// `256 (8 bits, lfactor -4)`: the number of buckets and the load factor.
fn size(value: &str) -> Option<(u64, i64)> {
    let (count, rest) = value.split_once(" (")?;
    let (bits, factor) = rest.strip_suffix(')')?.split_once(" bits, lfactor ")?;
    number(bits)?;
    let magnitude = factor.strip_prefix('-').unwrap_or(factor);
    number(magnitude)?;
    Some((number(count)?, factor.parse().ok()?))
}

/// `252 (98%)`: the number.
fn portion(value: &str) -> Option<u64> {
    let (count, percent) = value.split_once(" (")?;
    number(percent.strip_suffix("%)")?)?;
    number(count)
}

/// Digits alone: the library's parser takes a sign too.
fn number(word: &str) -> Option<u64> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::Buckets;

    /// Of a guest with Linux 7.2, 60 connections and 300 services.
    const TEXT: &str = "\
Conns:\t60
Conn buckets:\t256 (8 bits, lfactor -4)
Conn buckets empty:\t160 (62%)
Conn buckets len-1:\t76 (79%)
Conn buckets len-2:\t16 (16%)
Services:\t300
Service buckets:\t32 (5 bits, lfactor 4)
Service buckets empty:\t0 (0%)
Service buckets len-7:\t28 (87%)
Stats thread slots:\t1 (max 8)
Stats chain max len:\t158
Stats thread ests:\t379200
";

    #[test]
    fn a_whole_file() {
        let status = parse(TEXT).unwrap();
        let connections = Buckets {
            count: 256,
            load_factor: -4,
            lengths: vec![(0, 160), (1, 76), (2, 16)],
        };
        assert_eq!(connections.of_length(0), Some(160));
        assert_eq!(connections.of_length(3), None);
        assert_eq!(connections.longest(), Some(2));
        let services = Buckets {
            count: 32,
            load_factor: 4,
            lengths: vec![(0, 0), (7, 28)],
        };
        assert_eq!(services.longest(), Some(7));
        let expected = Status {
            connections: Some(60),
            connection_buckets: Some(connections),
            services: Some(300),
            service_buckets: Some(services),
            thread_slots: Some(1),
            thread_slots_max: Some(8),
            chain_length_max: Some(158),
            thread_estimators_max: Some(379_200),
        };
        assert_eq!(status, expected);
    }

    /// Before there is a service.
    #[test]
    fn tables_that_are_not_there_yet() {
        let text = "Conn buckets:\t0 (0 bits, lfactor 0)\nStats thread slots:\t1 (max 0)\n";
        let status = parse(text).unwrap();
        assert_eq!(status.connection_buckets, Some(Buckets::default()));
        assert_eq!(status.thread_slots_max, Some(0));
        assert_eq!(parse("").unwrap(), Status::default());
    }

    #[test]
    fn what_a_newer_kernel_adds_is_passed_over() {
        let text = "Conns:\t1\nSomething new:\t1 of 2\nConn buckets shape:\tround\n";
        assert_eq!(parse(text).unwrap().connections, Some(1));
    }

    #[test]
    fn another_form_is_refused() {
        for line in [
            "Conns: 1",
            "Conns:\t",
            "Conns:\t-1",
            "Conns:\t+1",
            "Conns:\t18446744073709551616",
            "Conn buckets:\t256",
            "Conn buckets:\t256 (8 bits, lfactor --4)",
            "Conn buckets:\t256 (8 bits, lfactor -)",
            "Conn buckets:\t256 (8 bits, lfactor 9223372036854775808)",
            "Conn buckets empty:\t1",
            "Conn buckets len-x:\t1 (1%)",
            "Stats thread slots:\t1",
            "\u{1b}[2J",
        ] {
            let text = format!("Services:\t1\n{line}\n");
            assert_eq!(
                parse(&text),
                Err(StatusLineError(line.to_owned())),
                "{line}"
            );
        }
    }
}
