//! Saving rules: whole onto standard output, or into a file that is replaced whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use crate::cli::command::Save;
use crate::commands::error::Error;
use crate::commands::list::{Wanted, each_service};
use crate::commands::session::{Selected, Session, services_within};
use crate::format::json::{DocumentWriter, Extent};
use crate::format::labels::Labels;
use crate::format::names::Purpose;
use crate::format::rules;
use crate::kernel::ipvs::Ipvs;
use crate::model::order::BY_ADDRESS;
use crate::model::scope::Scope;
use crate::model::{Change, ServiceEntry, ServiceWithServers, SyncDaemon, Timeouts};
use crate::sys::atomic_file::replace;
use crate::sys::target::{self, Target};

/// Saves into a file, which is replaced whole or not at all.
pub fn save_file(session: &mut Session<'_>, wanted: &Save, path: &Path) -> Result<(), Error> {
    let mut content = Vec::new();
    let scope = session.scope();
    let selected = save(session.ipvs()?, &mut content, wanted, scope)?;
    session.notice_if_none(selected);
    write_to(path, &content, &mut |text| session.notice(text))
}

/// Saves the services within a scope to an output.
pub fn save(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    wanted: &Save,
    scope: &Scope,
) -> Result<Selected, Error> {
    let services = services_within(ipvs, scope)?;
    let selected = Selected::of(&services);
    match wanted.json {
        true => write_json(ipvs, out, services, wanted)?,
        false => write_rules(ipvs, out, services, wanted)?,
    }
    Ok(selected)
}

fn write_rules(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    services: Vec<ServiceEntry>,
    wanted: &Save,
) -> Result<(), Error> {
    let fetch = Wanted {
        arrangement: BY_ADDRESS,
        names: (!wanted.numeric).then_some(Purpose::Restored),
        counters: false,
    };
    let mut text = Vec::new();
    each_service(ipvs, services, fetch, |listed, labels| {
        text.clear();
        push_service(&mut text, listed, labels);
        out.write_all(&text)
    })?;
    if wanted.all {
        let timeouts = ipvs.timeouts()?;
        write_extras(out, &timeouts, &ipvs.daemons()?).map_err(Error::Output)?;
    }
    Ok(())
}

/// Writes one document.
fn write_json(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    services: Vec<ServiceEntry>,
    wanted: &Save,
) -> Result<(), Error> {
    let fetch = Wanted {
        arrangement: BY_ADDRESS,
        names: None,
        counters: false,
    };
    let mut document = DocumentWriter::begin(out).map_err(Error::Output)?;
    document.begin_services().map_err(Error::Output)?;
    each_service(ipvs, services, fetch, |listed, _| {
        document.service(listed, Extent::Configuration)
    })?;
    document.end_services().map_err(Error::Output)?;
    if wanted.all {
        let timeouts = ipvs.timeouts()?;
        let daemons = ipvs.daemons()?;
        document.timeouts(&timeouts).map_err(Error::Output)?;
        document.daemons(&daemons).map_err(Error::Output)?;
    }
    document.end().map_err(Error::Output)
}

/// Appends the rules of a service.
fn push_service(text: &mut Vec<u8>, listed: &ServiceWithServers, labels: &Labels) {
    let service = &listed.entry.service;
    rules::service(text, service, labels);
    text.push(b'\n');
    let lines = rules::Servers::of(&service.id, labels);
    for entry in &listed.servers {
        lines.push(text, &entry.server);
        text.push(b'\n');
    }
}

/// Writes the rules of what is saved beside the services.
fn write_extras(
    out: &mut dyn Write,
    timeouts: &Timeouts,
    daemons: &[SyncDaemon],
) -> io::Result<()> {
    let mut text = String::new();
    let daemons = daemons.iter().copied().map(Change::StartDaemon);
    for change in std::iter::once(Change::SetTimeouts(*timeouts)).chain(daemons) {
        rules::change(&mut text, &change);
        text.push('\n');
    }
    out.write_all(text.as_bytes())
}

/// Writes to what a path leads to: a file is replaced whole or not at all.
fn write_to(path: &Path, content: &[u8], notice: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let written = target::resolve(path).and_then(|target| match target {
        Target::File(place) => replace(&place, content, notice),
        Target::Stream(mut stream) => stream.write_all(content),
    });
    written.map_err(|source| Error::Save {
        path: path.to_owned(),
        source,
    })
}
