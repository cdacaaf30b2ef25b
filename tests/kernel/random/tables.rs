//! What the reference's listings and saves would be without the differences that lie in them.

use std::net::IpAddr;

/// As much as the reference saves of an address with its port.
const LONGEST: usize = 59;
/// A name of `tests/kernel/hosts` that would be read as a number, and its address.
const UNREADABLE: (&str, &str) = ("1234:", "10.0.0.1:");

/// A service's place in the order: mark, family, protocol, address, port.
type ServiceKey = (u32, bool, u8, Option<IpAddr>, u16);
/// A server's.
type ServerKey = (Option<IpAddr>, u16);

/// What a table holds, in the order in which the reference lists it.
#[derive(Debug)]
struct Entry {
    key: ServiceKey,
    servers: Vec<Server>,
}

#[derive(Debug)]
struct Server {
    key: ServerKey,
    /// What ours appends to the server's line in a save.
    thresholds: String,
}

/// A service in a listing or save, with the lines of its servers.
struct Block {
    key: ServiceKey,
    line: String,
    servers: Vec<(ServerKey, String)>,
}

/// The reference's listing or save as ours is to print it. `thresholds` is the reference's own `-L -n --thresholds` of
/// the same table or service, which has everything that is needed for that in the same order.
///
/// None where the two do not belong together.
pub fn expected(text: &str, thresholds: &str, sorted: bool) -> Option<String> {
    let (mut printed, mut blocks) = blocks(text, &entries(thresholds)?)?;
    // The difference `order`.
    if sorted {
        blocks.sort_by_key(|block| block.key);
        for block in &mut blocks {
            block.servers.sort_by_key(|server| server.0);
        }
    }
    for block in blocks {
        printed.push_str(&block.line);
        printed.extend(block.servers.into_iter().map(|(_, line)| line));
    }
    Some(printed)
}

/// The titles, and the services that follow, without the differences `large-marks` and `thresholds-saved`.
fn blocks(text: &str, entries: &[Entry]) -> Option<(String, Vec<Block>)> {
    const TITLES: [&str; 4] = ["TCP ", "UDP ", "SCTP ", "FWM "];
    let saved = text.starts_with("-A ");
    let begins_service = |line: &str| match saved {
        true => line.starts_with("-A "),
        false => TITLES.iter().any(|title| line.starts_with(title)),
    };
    let mut titles = String::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut entries = entries.iter();
    let mut servers = [].iter();
    for line in text.split_inclusive('\n') {
        if begins_service(line) {
            let entry = entries.next()?;
            if servers.next().is_some() {
                return None;
            }
            servers = entry.servers.iter();
            blocks.push(Block {
                key: entry.key,
                line: unsigned(line, entry.key.0),
                servers: Vec::new(),
            });
        } else if let Some(block) = blocks.last_mut() {
            let server = servers.next()?;
            let line = match saved {
                true => format!("{}{}\n", line.strip_suffix('\n')?, server.thresholds),
                false => line.to_owned(),
            };
            block
                .servers
                .push((server.key, unsigned(&line, block.key.0)));
        } else {
            titles.push_str(line);
        }
    }
    (entries.next().is_none() && servers.next().is_none()).then_some((titles, blocks))
}

/// The difference `large-marks`.
fn unsigned(line: &str, mark: u32) -> String {
    let wrong = mark.cast_signed();
    if wrong >= 0 {
        return line.to_owned();
    }
    // It is followed by numbers in columns.
    for family in ["", " IPv6"] {
        let column = format!("{:33} ", format!("FWM  {wrong}{family}"));
        if let Some(numbers) = line.strip_prefix(&column) {
            return format!("{:33} {numbers}", format!("FWM  {mark}{family}"));
        }
    }
    for title in ["FWM  ", " -f "] {
        let signed = format!("{title}{wrong}");
        if line.contains(&signed) {
            return line.replacen(&signed, &format!("{title}{mark}"), 1);
        }
    }
    line.to_owned()
}

/// Whether a save differs from the expected one only as two differences allow. `names-saved-whole`: the reference cuts
/// what is longer than [`LONGEST`], ports as well, so that its word is how the whole one begins.
/// `names-saved-readable`: the one name that is not read as its address is not saved.
pub fn only_names_differ(theirs: &str, ours: &str) -> bool {
    let cut = |theirs: &str, ours: &str| theirs.len() == LONGEST && ours.starts_with(theirs);
    let readable = |theirs: &str, ours: &str| {
        let (name, address) = UNREADABLE;
        theirs.strip_prefix(name) == ours.strip_prefix(address) && theirs.starts_with(name)
    };
    let fits = |(theirs, ours): (&str, &str)| {
        theirs == ours || cut(theirs, ours) || readable(theirs, ours)
    };
    let words = |text: &str| text.split(' ').count();
    theirs.starts_with("-A ")
        && theirs.lines().count() == ours.lines().count()
        && theirs.lines().zip(ours.lines()).all(|(theirs, ours)| {
            words(theirs) == words(ours) && theirs.split(' ').zip(ours.split(' ')).all(fits)
        })
}

fn entries(text: &str) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next()? {
            "IP" | "Prot" => {}
            "->" => {
                let place = words.next()?;
                if place == "RemoteAddress:Port" {
                    continue;
                }
                let (upper, lower) = (words.next()?, words.next()?);
                let mut thresholds = String::new();
                for (option, value) in [("-x", upper), ("-y", lower)] {
                    if value != "0" {
                        thresholds += &format!(" {option} {value}");
                    }
                }
                entries.last_mut()?.servers.push(Server {
                    key: endpoint(place)?,
                    thresholds,
                });
            }
            title => entries.push(Entry {
                key: service(title, words.next()?, words.next()?)?,
                servers: Vec::new(),
            }),
        }
    }
    Some(entries)
}

fn service(title: &str, place: &str, next: &str) -> Option<ServiceKey> {
    if title == "FWM" {
        let mark: i64 = place.parse().ok()?;
        let mark = u32::try_from(mark).or_else(|_| i32::try_from(mark).map(i32::cast_unsigned));
        return Some((mark.ok()?, next == "IPv6", 0, None, 0));
    }
    let protocol = match title {
        "TCP" => 6,
        "UDP" => 17,
        "SCTP" => 132,
        _ => return None,
    };
    let (address, port) = endpoint(place)?;
    let six = address.is_some_and(|address| address.is_ipv6());
    Some((0, six, protocol, address, port))
}

fn endpoint(place: &str) -> Option<ServerKey> {
    let (address, port) = place.rsplit_once(':')?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    Some((Some(address.parse().ok()?), port.parse().ok()?))
}
