//! What a completion should offer behind a command and its options, by the table of legality.

use std::collections::BTreeSet;

use ipvsadm::cli::flag_set::FlagSet;
use ipvsadm::cli::flags::{COMMANDS, FLAGS, Flag, Takes};
use ipvsadm::cli::legality;

/// An option as it was typed, with its value.
pub type Typed = (Flag, &'static str);

/// A value for an option that takes one.
pub fn values(flag: Flag) -> &'static [&'static str] {
    match flag.spec().takes {
        Takes::Nothing | Takes::OptionalValue(_) => return &[""],
        Takes::Value(_) | Takes::ThreeWords(_) => {}
    }
    match flag {
        Flag::TunnelType => &["ipip", "gue", "gre"],
        Flag::StartDaemon | Flag::StopDaemon => &["master"],
        // It looks like an option, and is none.
        Flag::Weight => &["-1"],
        Flag::SetTimeouts => &["1 2 3"],
        _ => &["5"],
    }
}

fn seen(typed: &[Typed]) -> FlagSet {
    typed.iter().map(|(flag, _)| *flag).collect()
}

/// Whether an option should be offered behind others.
fn goes(command: Flag, typed: &[Typed], flag: Flag) -> bool {
    // Legal as it was in ipvsadm 1.31, but without a meaning.
    if flag == Flag::Sort && command != Flag::List || (command, flag) == (Flag::List, Flag::SyncId)
    {
        return false;
    }
    let tunnel = typed.iter().find(|(flag, _)| *flag == Flag::TunnelType);
    let tunnel = tunnel.map(|(_, value)| *value);
    let suits_tunnel = match flag {
        Flag::TunnelType => seen(typed).has(Flag::Tunneling),
        Flag::TunnelPort | Flag::TunnelRemoteChecksum => tunnel == Some("gue"),
        Flag::TunnelNoChecksum | Flag::TunnelChecksum => matches!(tunnel, Some("gue" | "gre")),
        _ => true,
    };
    let mut all = seen(typed);
    // Some options may be repeated, but nobody wants to be told.
    if !suits_tunnel || all.has(flag) || all.note(flag).is_err() {
        return false;
    }
    // What the command needs may still come.
    for needed in [Flag::TcpService, Flag::RealServer] {
        let mut more = all;
        let row = legality::TABLE.iter().find(|(row, _)| *row == command);
        let group = legality::GROUPS
            .iter()
            .position(|group| group.options.contains(&needed));
        let rule = row.unwrap().1[group.unwrap()];
        let must = match rule {
            legality::Rule::Must => true,
            // What takes its place is there already.
            legality::Rule::Either => !legality::SCOPE.options.iter().any(|flag| all.has(*flag)),
            legality::Rule::OnServer => all.has(Flag::AsServer),
            _ => false,
        };
        if must && more.note(needed).is_ok() {
            all = more;
        }
    }
    legality::check(command, &all).is_ok()
}

pub fn offered(command: Flag, typed: &[Typed]) -> BTreeSet<Flag> {
    FLAGS[COMMANDS..]
        .iter()
        .map(|spec| spec.flag)
        .filter(|flag| goes(command, typed, *flag))
        .collect()
}

/// Adds what can be typed behind a command: each option alone, and further ones where it opens a way
/// for them.
pub fn contexts(command: Flag, typed: &[Typed], found: &mut Vec<Vec<Typed>>) {
    found.push(typed.to_vec());
    let now = offered(command, typed);
    for &flag in &now {
        // They go with everything: what stands before them makes no difference.
        let goes_with_all = legality::WHOLE_CALL.options.contains(&flag) || flag == Flag::Keep;
        if goes_with_all && !typed.is_empty() {
            continue;
        }
        // As --client, which stands for them.
        let as_client = [
            Flag::State,
            Flag::Protocol,
            Flag::ExpiresWithin,
            Flag::ExpiresAfter,
        ];
        if as_client.contains(&flag) {
            continue;
        }
        for value in values(flag) {
            let mut more = typed.to_vec();
            more.push((flag, value));
            // What else it opens a way for does not depend on what other options do, nor on their order.
            let is_kept = typed.iter().any(|(flag, _)| *flag == Flag::Keep);
            let again = typed.iter().any(|(earlier, _)| *earlier > flag);
            if is_kept || again || offered(command, &more).is_subset(&now) {
                found.push(more);
            } else {
                contexts(command, &more, found);
            }
        }
    }
}
