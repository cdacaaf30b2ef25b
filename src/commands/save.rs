//! Saving rules: whole onto standard output, or into a file that is replaced whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::libc;

use crate::command::Save;
use crate::error::Error;
use crate::ipvs::Ipvs;
use crate::list::{Wanted, in_blocks};
use crate::model::{Change, ServiceWithServers, SyncDaemon, Timeouts};
use crate::order::BY_ADDRESS;
use crate::output::json::{Document, Extent};
use crate::output::labels::Labels;
use crate::output::rules;

/// Permissions of a new file, less what the umask takes: everyone may read rules.
const MODE: u32 = 0o644;

/// Saves into a file, which is replaced whole or not at all.
pub fn save_file(ipvs: &mut Ipvs, wanted: &Save, path: &Path) -> Result<(), Error> {
    let mut content = Vec::new();
    save(ipvs, &mut content, wanted)?;
    replace_file(path, &content)
}

/// Saves to an output.
pub fn save(ipvs: &mut Ipvs, out: &mut dyn Write, wanted: &Save) -> Result<(), Error> {
    if wanted.json {
        return write_json(ipvs, out, wanted);
    }
    let services = ipvs.services()?;
    let fetch = Wanted {
        arrangement: BY_ADDRESS,
        numeric: wanted.numeric,
        counters: false,
    };
    in_blocks(ipvs, services, fetch, |block, labels| {
        write_services(out, block, labels)
    })?;
    if wanted.all {
        let timeouts = ipvs.timeouts()?;
        write_extras(out, &timeouts, &ipvs.daemons()?).map_err(Error::Output)?;
    }
    Ok(())
}

/// Writes one document.
fn write_json(ipvs: &mut Ipvs, out: &mut dyn Write, wanted: &Save) -> Result<(), Error> {
    let services = ipvs.services()?;
    let fetch = Wanted {
        arrangement: BY_ADDRESS,
        numeric: true,
        counters: false,
    };
    let mut document = Document::begin(out).map_err(Error::Output)?;
    document.begin_services().map_err(Error::Output)?;
    in_blocks(ipvs, services, fetch, |block, _| {
        document.services(block, Extent::Configuration)
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

/// Writes the rules of services.
fn write_services(
    out: &mut dyn Write,
    services: &[ServiceWithServers],
    labels: &Labels,
) -> io::Result<()> {
    let mut text = String::new();
    for listed in services {
        text.clear();
        let service = &listed.entry.service;
        rules::service(&mut text, service, labels);
        text.push('\n');
        for entry in &listed.servers {
            rules::server(&mut text, &service.id, &entry.server, labels);
            text.push('\n');
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
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

/// Replaces the content of a file: the new one is written beside it, and then takes its place.
fn replace_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    let saved = match fs::metadata(path) {
        // A device or a pipe cannot be replaced, only written to.
        Ok(old) if !old.is_file() => OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(content)),
        old => replace_regular(path, old.map(|old| old.permissions().mode()).ok(), content),
    };
    saved.map_err(|source| Error::Save {
        path: path.to_owned(),
        source,
    })
}

fn replace_regular(path: &Path, mode: Option<u32>, content: &[u8]) -> io::Result<()> {
    // A file that may not grow is an error to report, not the end of the program.
    signal_hook::flag::register(libc::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    // What a link points to is replaced, not the link.
    let path = match fs::canonicalize(path) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let beside = beside(&path)?;
    if let Err(error) = write_new(&beside, mode, content).and_then(|()| fs::rename(&beside, &path))
    {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    // The new name must outlive a loss of power too.
    File::open(directory(&path))?.sync_all()
}

fn write_new(path: &Path, mode: Option<u32>, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode.unwrap_or(MODE))
        .open(path)?;
    if let Some(mode) = mode {
        // The umask has nothing to say where the old file's permissions are kept.
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    file.write_all(content)?;
    file.sync_all()
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A name in the same directory, that no other run uses.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.new", std::process::id()));
    Ok(directory(path).join(temporary))
}
