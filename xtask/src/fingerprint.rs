//! Whether a build would come out the same: one hash over everything that goes into it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::repo::{files_below, read};

/// A hash over the names and contents of `inputs` (files, or folders with all below them; an absent one counts as
/// empty) and over `words`, which stand for what is no file: versions, flags.
pub(crate) fn of(root: &Path, inputs: &[&str], words: &[String]) -> Result<String> {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // The length first, so that no two lists of parts run together to the same bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    for input in inputs {
        let path = root.join(input);
        let files: Vec<PathBuf> = if path.is_file() { vec![path] } else { files_below(&path)? };
        for file in files {
            add(file.strip_prefix(root)?.to_string_lossy().as_bytes());
            add(&read(&file)?);
        }
    }
    words.iter().for_each(|word| add(word.as_bytes()));
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether `note` holds `fingerprint`, written there by [`remember`] after the last success.
pub(crate) fn is_known(note: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(note).is_ok_and(|known| known == fingerprint)
}

pub(crate) fn remember(note: &Path, fingerprint: &str) -> Result<()> {
    Ok(fs::write(note, fingerprint)?)
}

#[cfg(test)]
mod tests {
    use xshell::Shell;

    use super::*;

    #[test]
    fn changes_with_content_name_and_word_and_with_nothing_else() {
        let shell = Shell::new().unwrap();
        let folder = shell.create_temp_dir().unwrap();
        let root = folder.path();
        let write = |name: &str, text: &str| shell.write_file(root.join(name), text).unwrap();
        let now = |word: &str| of(root, &["src", "one.toml", "absent"], &[word.to_owned()]).unwrap();

        write("src/a.rs", "a");
        write("one.toml", "1");
        let first = now("word");
        assert_eq!(now("word"), first);
        write("src/a.rs", "a");
        assert_eq!(now("word"), first, "written again, the same");
        assert_ne!(now("other word"), first);

        write("src/a.rs", "b");
        let second = now("word");
        assert_ne!(second, first);
        write("src/deep/b.rs", "");
        assert_ne!(now("word"), second);
    }

    #[test]
    fn is_known_once_remembered() {
        let folder = Shell::new().unwrap().create_temp_dir().unwrap();
        let note = folder.path().join("note");
        assert!(!is_known(&note, "x"));
        remember(&note, "x").unwrap();
        assert!(is_known(&note, "x"));
        assert!(!is_known(&note, "y"));
    }
}
