//! Embeds the files of `ui/` in the binary, each also compressed, so that serving one is a copy of
//! bytes.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let folder =
        fs::canonicalize(Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../ui"))?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut list = "&[\n".to_owned();
    for (number, file) in files.iter().enumerate() {
        let packed = out.join(format!("{number}.gz"));
        let mut encoder = GzEncoder::new(fs::File::create(&packed)?, Compression::best());
        encoder.write_all(&fs::read(file)?)?;
        encoder.finish()?;
        let name = file.strip_prefix(&folder)?.to_str().ok_or("a name that is not UTF-8")?;
        let [file, packed] =
            [file, &packed].map(|path| path.to_str().ok_or("a path that is not UTF-8"));
        writeln!(list, "({name:?}, include_bytes!({:?}), include_bytes!({:?})),", file?, packed?)?;
    }
    list.push(']');
    fs::write(out.join("ui_files.rs"), list)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
