//! Tags in files of many layouts. exiftool and exiv2 judge, where they are installed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use proptest::prelude::*;
use serde_json::Value;
use tagdrop::{
    ErrorCode,
    image::decode,
    metadata::{FileTag, Format, Obstacle, Written, content_hash, read, remove, sidecar, write},
};

use crate::photos;

/// Every layout that is written into, and the keywords people have in it.
const LAYOUTS: [(&str, &[&str]); 20] = [
    ("metadata/16-bit.png", &["sky"]),
    ("metadata/animated.webp", &["moving"]),
    ("metadata/camera.jpg", &["Kaffee", "Café & Kuchen", "Café"]),
    ("metadata/compressed-xmp.png", &["packed"]),
    ("metadata/editor.tiff", &["paper"]),
    ("metadata/exiftool.jpg", &["猫"]),
    ("metadata/extended-xmp.jpg", &[]),
    ("metadata/mpf.jpg", &[]),
    ("metadata/other-prefixes.xmp", &[]),
    ("metadata/photoshop.tiff", &["grey"]),
    ("metadata/sidecar.xmp", &["person"]),
    ("metadata/two-packets.jpg", &["second"]),
    ("metadata/two-pages.tiff", &[]),
    ("metadata/utf-16.xmp", &["犬"]),
    ("images/formats/alpha.webp", &[]),
    ("images/formats/grey-16-bit.png", &[]),
    ("images/formats/lossless.webp", &[]),
    ("images/formats/lossy.webp", &[]),
    ("images/formats/progressive.jpg", &[]),
    ("images/formats/rgb.tiff", &[]),
];

/// Metadata that is changed on the way there and back, but says the same: compressed XMP is not compressed again, and a list that was
/// `<r:Bag/>` becomes `<r:Bag></r:Bag>`.
const SAID_IN_OTHER_BYTES: [&str; 2] = ["metadata/compressed-xmp.png", "metadata/other-prefixes.xmp"];

fn fixture(name: &str) -> Vec<u8> {
    photos::read(&format!("tests/fixtures/{name}"))
}

fn tag(name: &str, broader: &[&str]) -> FileTag {
    FileTag { name: name.to_owned(), broader: broader.iter().map(|&term| term.to_owned()).collect() }
}

/// Plain, with broader terms, in other scripts, with XML's own characters, longer than IPTC can, and one that people have already.
fn tags() -> Vec<FileTag> {
    vec![
        tag("espresso", &["food & drink", "coffee"]),
        tag("Café <crème> & \"Löffel\"", &[]),
        tag("エスプレッソ", &["飲み物"]),
        tag("long ".repeat(20).trim(), &[]),
        tag("Kaffee", &[]),
    ]
}

fn written(bytes: &[u8], tags: &[FileTag]) -> Written {
    write(bytes, tags).unwrap_or_else(|error| panic!("{error}"))
}

fn code(result: Result<impl std::fmt::Debug, tagdrop::Error>) -> ErrorCode {
    result.expect_err("this must be refused").code
}

/// The names of `tags()`.
fn names() -> Vec<String> {
    tags().into_iter().map(|tag| tag.name).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn keywords_that_are_there_are_peoples() {
    for (name, people) in LAYOUTS {
        let found = read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.people, people, "{name}");
        assert!(found.ours.is_empty(), "{name}");
    }
    assert_eq!(read(&fixture("metadata/camera.jpg")).unwrap().people_hierarchical, ["Getränk|Kaffee"]);
}

#[test]
fn what_is_written_is_read_as_ours_and_leaves_peoples_alone() {
    for (name, people) in LAYOUTS {
        let file = written(&fixture(name), &tags());
        let found = read(&file.bytes).unwrap();
        assert_eq!(found.people, people, "{name}");
        let ours = names().into_iter().filter(|tag| found.ours.contains(tag) || people.contains(&tag.as_str()));
        assert_eq!(ours.collect::<Vec<_>>(), names(), "{name}");
    }
}

#[test]
fn written_twice_gives_the_same_bytes() {
    for (name, _) in LAYOUTS {
        let once = written(&fixture(name), &tags());
        assert_eq!(written(&once.bytes, &tags()), once, "{name}");
        // By way of other tags too.
        let other = written(&once.bytes, &[tag("another", &["quite"])]);
        assert_eq!(read(&other.bytes).unwrap().ours, ["another"], "{name}");
        assert_eq!(written(&other.bytes, &tags()), once, "{name}");
    }
}

#[test]
fn removed_gives_back_the_file() {
    for (name, people) in LAYOUTS {
        let original = fixture(name);
        let back = remove(&written(&original, &tags()).bytes).unwrap();
        if SAID_IN_OTHER_BYTES.contains(&name) {
            let found = read(&back).unwrap();
            assert_eq!((found.people, found.ours.len()), (strings(people), 0), "{name}");
        } else {
            assert!(back == original, "{name}");
        }
        assert_eq!(remove(&original).unwrap(), original, "{name}");
        assert_eq!(written(&original, &[]).bytes, original, "{name}");
    }
}

#[test]
fn pixels_and_identity_stay() {
    for (name, _) in LAYOUTS.iter().filter(|(name, _)| !name.ends_with(".xmp")) {
        let original = fixture(name);
        let file = written(&original, &tags()).bytes;
        assert_eq!(content_hash(&file), content_hash(&original), "{name}");
        assert_eq!(decode(&file).unwrap().rgba, decode(&original).unwrap().rgba, "{name}");
    }
}

#[test]
fn a_pictures_identity_is_not_what_is_said_about_it() {
    let hash = |name: &str| content_hash(&fixture(name));
    assert_eq!(hash("metadata/camera.jpg"), hash("images/formats/baseline.jpg"));
    assert_eq!(hash("metadata/mpf.jpg"), hash("images/formats/progressive.jpg"));
    assert_eq!(hash("metadata/exiftool.jpg"), hash("images/formats/progressive.jpg"));
    assert_eq!(hash("metadata/animated.webp"), hash("images/formats/animated.webp"));
    assert_eq!(hash("metadata/16-bit.png"), hash("metadata/compressed-xmp.png"));
    let different = ["images/formats/baseline.jpg", "images/formats/progressive.jpg", "images/formats/rgb.png"];
    let mut hashes: Vec<_> =
        different.into_iter().chain(["metadata/editor.tiff", "metadata/big.tiff"]).map(hash).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 5);
    // One byte of the last scan is another picture.
    let mut file = fixture("images/formats/progressive.jpg");
    let last = file.len() - 10;
    file[last] ^= 1;
    assert_ne!(content_hash(&file), hash("images/formats/progressive.jpg"));
}

/// Nearly every piece of the original stands in the written file, in the same order: all but those where something was put in, and
/// those with lengths, offsets and check sums.
#[test]
fn nothing_else_changes() {
    for (name, _) in LAYOUTS.iter().filter(|(name, _)| !SAID_IN_OTHER_BYTES.contains(name)) {
        let original = fixture(name);
        let file = written(&original, &tags()).bytes;
        let (mut at, mut missing) = (0, 0);
        for piece in original.chunks(16) {
            match file[at..].windows(piece.len()).position(|window| window == piece) {
                Some(found) => at += found + piece.len(),
                None => missing += 1,
            }
        }
        assert!(missing <= 9, "{name}: {missing} pieces are missing");
    }
}

#[test]
fn iptc_says_what_it_cannot_hold() {
    let long = "long ".repeat(20).trim().to_owned();
    let plain = written(&fixture("images/formats/progressive.jpg"), &tags());
    assert_eq!(plain.format, Format::Jpeg);
    assert_eq!(plain.not_in_iptc, [(long.clone(), Obstacle::TooLong)]);
    // Its IPTC is in Latin-1 and does not say so.
    let camera = written(&fixture("metadata/camera.jpg"), &tags());
    let other = |name: &str| (name.to_owned(), Obstacle::OtherCharacterSet);
    assert_eq!(
        camera.not_in_iptc,
        [other("Café <crème> & \"Löffel\""), other("エスプレッソ"), (long, Obstacle::TooLong)]
    );
    let png = written(&fixture("images/formats/rgb.png"), &tags());
    assert_eq!((png.format, png.format.holds_iptc(), png.not_in_iptc.len()), (Format::Png, false, 0));
}

#[test]
fn a_sidecar_comes_and_goes() {
    let new = sidecar(&tags()).unwrap();
    assert_eq!(new.format, Format::Sidecar);
    assert_eq!(read(&new.bytes).unwrap().ours, names());
    assert_eq!(written(&new.bytes, &tags()).bytes, new.bytes);
    assert_eq!(remove(&new.bytes).unwrap(), b"");
    assert_eq!(code(sidecar(&[])), ErrorCode::InvalidOptions);
}

#[test]
fn what_cannot_be_written_is_refused_by_its_code() {
    let refused = |bytes: &[u8]| code(write(bytes, &tags()));
    assert_eq!(refused(&fixture("metadata/big.tiff")), ErrorCode::UnsupportedFormat);
    assert!(write(&fixture("metadata/big.tiff"), &tags()).unwrap_err().message.contains("BigTIFF"));
    for file in ["still.gif", "rgb.bmp", "turned.avif", "photo.jxl"] {
        assert_eq!(refused(&fixture(&format!("images/formats/{file}"))), ErrorCode::UnsupportedFormat, "{file}");
    }
    assert_eq!(refused(b""), ErrorCode::EmptyFile);
    assert_eq!(refused(b"<svg xmlns='http://www.w3.org/2000/svg'><rdf:RDF/></svg>"), ErrorCode::UnsupportedFormat);
    // The directory of a raw file: a thumbnail, with the picture below it.
    let mut raw = b"II*\0\x08\0\0\0\x02\0".to_vec();
    raw.extend([254, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    raw.extend([74, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0]);
    raw.extend([0; 4]);
    assert_eq!(refused(&raw), ErrorCode::UnsupportedFormat);

    let sidecar = |xml: &str| refused(format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'>{xml}</x:xmpmeta>").as_bytes());
    let rdf = |inside: &str| {
        sidecar(&format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dc='http://purl.org/dc/elements/1.1/'>\
             <rdf:Description rdf:about=''>{inside}</rdf:Description></rdf:RDF>"
        ))
    };
    assert_eq!(sidecar("<rdf:RDF>"), ErrorCode::UnsupportedMetadata);
    assert_eq!(sidecar(""), ErrorCode::UnsupportedMetadata);
    assert_eq!(rdf("<dc:subject>a single value</dc:subject>"), ErrorCode::UnsupportedMetadata);
    assert_eq!(refused(b"<?xpacket ?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), ErrorCode::UnsupportedMetadata);
    assert_eq!(refused(b"<?xpacket \xff?>"), ErrorCode::UnsupportedMetadata);

    for name in ["", " space", "a|b", "two\nlines", "\u{ffff}", &"x".repeat(256)] {
        assert_eq!(code(write(&fixture("images/formats/rgb.png"), &[tag(name, &[])])), ErrorCode::InvalidOptions);
        assert_eq!(code(write(&fixture("images/formats/rgb.png"), &[tag("a", &[name])])), ErrorCode::InvalidOptions);
    }
}

fn jpeg_with_segment(name: &[u8], data: &[u8]) -> Vec<u8> {
    let jpeg = fixture("images/formats/baseline.jpg");
    let length = ((2 + name.len() + data.len()) as u16).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, name, data, &jpeg[2..]].concat()
}

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

#[test]
fn a_jpegs_packet_gives_up_its_padding_and_no_more() {
    let padded = |content: usize, padding: usize| {
        let packet = format!(
            "<?xpacket begin='' id=''?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><!--{}--></rdf:RDF>{}\
             <?xpacket end='w'?>",
            "x".repeat(content),
            " ".repeat(padding)
        );
        jpeg_with_segment(XMP, packet.as_bytes())
    };
    let full = written(&padded(60_000, 5_000), &tags());
    assert_eq!(read(&full.bytes).unwrap().ours.len(), tags().len());
    assert_eq!(written(&full.bytes, &tags()), full);
    assert_eq!(code(write(&padded(65_000, 200), &tags())), ErrorCode::UnsupportedMetadata);
}

#[test]
fn keywords_in_extended_xmp_are_read_and_not_added_to() {
    let rest = b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description \
        xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:subject><rdf:Bag><rdf:li>far away</rdf:li></rdf:Bag></dc:subject>\
        </rdf:Description></rdf:RDF>";
    let head = [&[b'A'; 32][..], &(rest.len() as u32).to_be_bytes(), &[0; 4]].concat();
    let file = jpeg_with_segment(b"http://ns.adobe.com/xmp/extension/\0", &[&head[..], rest].concat());
    assert_eq!(read(&file).unwrap().people, ["far away"]);
    assert_eq!(code(write(&file, &tags())), ErrorCode::UnsupportedMetadata);
}

/// The list of pictures still says where the second one is and how long the first.
#[test]
fn mpf_counts_what_was_added() {
    let second = fixture("images/formats/baseline.jpg");
    let file = written(&fixture("metadata/mpf.jpg"), &tags()).bytes;
    let mpf = file.windows(8).position(|bytes| bytes == b"MPF\0MM\0*").unwrap() + 4;
    let long = |at: usize| u32::from_be_bytes(file[mpf + at..mpf + at + 4].try_into().unwrap()) as usize;
    // Two entries of 16 bytes after a directory of three.
    let list = 8 + 2 + 3 * 12 + 4;
    assert_eq!((long(list + 16 + 4), long(list + 4)), (second.len(), mpf + long(list + 16 + 8)));
    assert!(file[mpf + long(list + 16 + 8)..].starts_with(&second));
}

/// Whatever is cut off, there is an answer; and what could be written can be taken back.
#[test]
fn files_cut_short_anywhere_are_answered() {
    for (name, _) in LAYOUTS {
        let whole = fixture(name);
        // Metadata is near either end; between them are pixels.
        let cuts = (0..whole.len()).filter(|&cut| cut < 6_000 || cut + 3_000 > whole.len() || cut % 101 == 0);
        for cut in cuts {
            let bytes = &whole[..cut];
            assert_eq!(content_hash(bytes).len(), 64);
            let read = read(bytes).map(|_| ());
            match write(bytes, &tags()[..2]) {
                Ok(file) => {
                    assert!(read.is_ok(), "{name} cut at {cut}");
                    let back = remove(&file.bytes).unwrap();
                    assert!(back == bytes || SAID_IN_OTHER_BYTES.contains(&name), "{name} cut at {cut}");
                }
                Err(error) => assert_ne!(error.code, ErrorCode::Internal, "{name} cut at {cut}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Damage of any kind ends in an error or in a file that can be written again to the same bytes.
    #[test]
    fn damaged_files_are_answered(
        layout in 0..LAYOUTS.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        near_start in any::<bool>(),
    ) {
        let mut file = fixture(LAYOUTS[layout].0);
        let reach = if near_start { file.len().min(1200) } else { file.len() };
        for (at, byte) in damage {
            file[at.index(reach)] = byte;
        }
        prop_assert_eq!(content_hash(&file).len(), 64);
        let _ = read(&file);
        if let Ok(once) = write(&file, &tags()[..3]) {
            prop_assert_eq!(write(&once.bytes, &tags()[..3]).unwrap(), once.clone());
            prop_assert!(remove(&once.bytes).is_ok());
        }
    }

    /// Any text that may be a keyword comes back as it was.
    #[test]
    fn any_keyword_comes_back(names in prop::collection::hash_set("[^\\p{C}|]{1,40}", 1..6), layout in 0..LAYOUTS.len()) {
        let names: Vec<String> = names.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        let wanted: Vec<FileTag> = names.iter().map(|name| tag(name, &[])).collect();
        let original = fixture(LAYOUTS[layout].0);
        let file = write(&original, &wanted).unwrap();
        let found = read(&file.bytes).unwrap();
        for name in &names {
            prop_assert!(found.ours.contains(name) || LAYOUTS[layout].1.contains(&name.as_str()), "{:?}", name);
        }
        prop_assert_eq!(remove(&file.bytes).unwrap() == original, !SAID_IN_OTHER_BYTES.contains(&LAYOUTS[layout].0) || names.is_empty());
    }
}

/// A folder that is deleted when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tagdrop-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether both judges are here; `cargo xtask test` installs them where it can.
fn judges_are_here(test: &str) -> bool {
    let runs = |program: &str, version: &str| Command::new(program).arg(version).output().is_ok();
    let here = runs("exiftool", "-ver") && runs("exiv2", "--version");
    if !here {
        eprintln!("{test}: skipped, exiftool and exiv2 are not both on PATH");
    }
    here
}

fn output(command: &mut Command) -> Vec<u8> {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}")).stdout
}

/// All that exiftool says of each file of a folder, by the file's name.
fn exiftool(folder: &Path) -> BTreeMap<String, serde_json::Map<String, Value>> {
    let said = output(
        Command::new("exiftool").args(["-j", "-a", "-u", "-G1:4", "-struct", "-api", "largefilesupport=1"]).arg(folder),
    );
    let files: Vec<serde_json::Map<String, Value>> = serde_json::from_slice(&said).unwrap();
    let name = |file: &serde_json::Map<String, Value>| {
        Path::new(file["SourceFile"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned()
    };
    files.into_iter().map(|file| (name(&file), file)).collect()
}

/// A value as a list, which exiftool shortens when it has one item or none.
fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        None => vec![],
        Some(Value::Array(items)) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        Some(Value::String(text)) if text.is_empty() => vec![],
        Some(other) => vec![other.as_str().unwrap().to_owned()],
    }
}

/// exiv2's values of a key, one line each; bags by `separator`.
fn exiv2(file: &Path, key: &str) -> Vec<String> {
    let said = output(Command::new("exiv2").args(["-PEXIkv", "-K", key]).arg(file));
    let text: String =
        String::from_utf8(said.clone()).unwrap_or_else(|_| said.iter().copied().map(char::from).collect());
    text.lines().map(|line| line.trim_start_matches(key).trim().to_owned()).collect()
}

/// Keys of exiv2's that show the tags, or the blocks of bytes they are in.
const OF_TAGS: [&str; 9] = [
    "Xmp.dc.subject",
    "Xmp.lr.hierarchicalSubject",
    "Xmp.tagdrop.",
    "Iptc.Application2.Keywords",
    // These come with a new IPTC.
    "Iptc.Envelope.CharacterSet",
    "Iptc.Application2.RecordVersion",
    "Exif.Image.XMLPacket",
    "Exif.Image.IPTCNAA",
    "Exif.Image.ImageResources",
];

/// All else that exiv2 says, a line each.
fn exiv2_others(file: &Path) -> Vec<String> {
    let said = output(Command::new("exiv2").args(["-PEXIkyv"]).arg(file));
    let text = String::from_utf8_lossy(&said);
    text.lines().filter(|line| OF_TAGS.iter().all(|key| !line.starts_with(key))).map(str::to_owned).collect()
}

#[test]
fn exiftool_and_exiv2_read_exactly_the_tags() {
    if !judges_are_here("exiftool_and_exiv2_read_exactly_the_tags") {
        return;
    }
    let (before, after) = (Folder::new("before"), Folder::new("after"));
    let flat = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    for (name, _) in LAYOUTS {
        let original = fixture(name);
        fs::write(before.0.join(flat(name)), &original).unwrap();
        fs::write(after.0.join(flat(name)), written(&original, &tags()).bytes).unwrap();
    }
    let hierarchical = strings(&["food & drink|coffee|espresso", "飲み物|エスプレッソ"]);
    let (said_before, said_after) = (exiftool(&before.0), exiftool(&after.0));
    assert_eq!(said_after.len(), LAYOUTS.len());
    for (name, _) in LAYOUTS {
        let file = written(&fixture(name), &tags());
        let (old, new) = (&said_before[&flat(name)], &said_after[&flat(name)]);
        let and = |old: Vec<String>, wanted: &[String]| {
            let lacking: Vec<String> = wanted.iter().filter(|name| !old.contains(name)).cloned().collect();
            [old, lacking].concat()
        };
        let same = |key: &str, wanted: &[String]| {
            assert_eq!(list(new.get(key)), and(list(old.get(key)), wanted), "{name}: {key}");
        };
        // Of two packets exiftool shows both as one.
        same("XMP-dc:Subject", &names());
        same("XMP-lr:HierarchicalSubject", &hierarchical);
        let is_in_iptc = |tag: &String| file.format.holds_iptc() && file.not_in_iptc.iter().all(|(not, _)| not != tag);
        let in_iptc: Vec<String> = names().into_iter().filter(is_in_iptc).collect();
        same("IPTC:Keywords", &in_iptc);
        if old.contains_key("IPTC2:Copy1:Keywords") {
            same("IPTC2:Copy1:Keywords", &in_iptc);
        }

        // The rest is the same but what counts bytes and names the file.
        let starts = ["SourceFile", "System:", "XMP-dc:", "XMP-lr:", "XMP-tagdrop:"];
        // A header comes with the first XMP of a WebP.
        let more = ["RIFF:", "File:FileType"];
        // A character set and a version come with a new IPTC.
        let of_iptc = [":Keywords", ":CodedCharacterSet", ":ApplicationRecordVersion", "IPTCDigest"];
        let ends = [&of_iptc[..], &["MPImageLength", "MPImageStart"]].concat();
        let rest = |said: &serde_json::Map<String, Value>| -> BTreeMap<String, Value> {
            let is_kept = |key: &str| {
                !starts.iter().chain(&more).any(|start| key.starts_with(start))
                    && !ends.iter().any(|end| key.ends_with(end))
            };
            let kept = said.iter().filter(|(key, _)| is_kept(key));
            kept.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        assert_eq!(rest(new), rest(old), "{name}");
        assert!(
            old.get("Photoshop:IPTCDigest").is_none() || new["Photoshop:IPTCDigest"] == new["File:CurrentIPTCDigest"],
            "{name}: the digest no longer fits"
        );

        // exiv2 reads no UTF-16, and of a sidecar makes IPTC keywords by itself.
        if name.contains("utf-16") {
            continue;
        }
        let (old, new) = (before.0.join(flat(name)), after.0.join(flat(name)));
        let joined = |key: &str| exiv2(&new, key).join(", ");
        let people = exiv2(&old, "Xmp.dc.subject");
        let people =
            people.iter().flat_map(|line| line.split(", ")).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        assert_eq!(joined("Xmp.dc.subject"), and(people, &names()).join(", "), "{name}");
        if file.format != Format::Sidecar {
            let keywords = exiv2(&old, "Iptc.Application2.Keywords");
            assert_eq!(exiv2(&new, "Iptc.Application2.Keywords"), and(keywords, &in_iptc), "{name}");
            assert_eq!(exiv2_others(&new), exiv2_others(&old), "{name}");
        }
    }
    let second = output(Command::new("exiftool").args(["-b", "-MPImage2"]).arg(after.0.join("mpf.jpg")));
    assert_eq!(second, fixture("images/formats/baseline.jpg"));
}

/// Another program edits the file in between: it may write all metadata anew.
#[test]
fn marks_outlive_another_program() {
    if !judges_are_here("marks_outlive_another_program") {
        return;
    }
    let folder = Folder::new("edited");
    for name in [
        "metadata/camera.jpg",
        "metadata/16-bit.png",
        "metadata/animated.webp",
        "metadata/editor.tiff",
        "images/formats/rgb.tiff",
    ] {
        let file = folder.0.join(name.rsplit('/').next().unwrap());
        fs::write(&file, written(&fixture(name), &tags()).bytes).unwrap();
        output(
            Command::new("exiftool")
                .args(["-overwrite_original", "-subject+=by a person", "-xmp:label=red"])
                .arg(&file),
        );
        let edited = fs::read(&file).unwrap();
        let people = [read(&fixture(name)).unwrap().people, vec!["by a person".to_owned()]].concat();
        let sorted = |mut items: Vec<String>| {
            items.sort();
            items
        };
        assert_eq!(sorted(read(&edited).unwrap().people), sorted(people.clone()), "{name}");
        let removed = remove(&edited).unwrap();
        let found = read(&removed).unwrap();
        assert_eq!((sorted(found.people), found.ours.len()), (sorted(people), 0), "{name}");
        let again = written(&removed, &tags());
        assert_eq!(written(&again.bytes, &tags()), again, "{name}");
        fs::write(&file, &removed).unwrap();
        assert!(
            !String::from_utf8_lossy(&output(Command::new("exiftool").args(["-s", "-G1"]).arg(&file)))
                .contains("XMP-tagdrop"),
            "{name}"
        );
    }
}
