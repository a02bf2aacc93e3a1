//! Writes the outputs of pictures, for tests that check them with other tools.
//!
//! ```text
//! cargo run -p selfsame-images --example outputs -- DIRECTORY TARGET
//! ```
//!
//! `DIRECTORY/name.ext` becomes `TARGET/name.original.ext`, `name.medium.ext` and
//! `name.thumbnail.ext`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use selfsame_images::{Limits, Recipe, process};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = env::args_os().skip(1);
    let (Some(directory), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("name a directory of pictures and one for their outputs".into());
    };
    for entry in fs::read_dir(directory)? {
        convert(&entry?.path(), Path::new(&target))?;
    }
    Ok(())
}

fn convert(picture: &Path, target: &Path) -> Result<(), Failure> {
    let limits = Limits { bytes: usize::MAX, ..Limits::default() };
    let outputs = process(&fs::read(picture)?, &limits, &Recipe::default())
        .map_err(|error| format!("{}: {error}", picture.display()))?;
    let name = picture.file_stem().ok_or("a file without a name")?.to_string_lossy();
    let parts = [
        ("original", Some(outputs.original)),
        ("medium", Some(outputs.medium)),
        ("thumbnail", outputs.thumbnail),
    ];
    for (part, output) in parts {
        if let Some(output) = output {
            fs::write(target.join(format!("{name}.{part}.{}", output.extension)), output.bytes)?;
        }
    }
    Ok(())
}
