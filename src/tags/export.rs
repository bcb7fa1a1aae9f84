//! Tags as other systems read them. `docs/exports.md` shows each shape.
//!
//! What is given is written: to take only what is sure along, leave out the suggested ones before.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::tag::Tag;
use crate::vocabulary::fold::fold;

/// A picture and its tags.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TaggedImage<'a> {
    /// The file's name, or whatever the host knows the picture by.
    pub file: &'a str,
    /// Its hash, as in the decision log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<&'a str>,
    /// `id@version` of the model.
    pub model: &'a str,
    /// Best first.
    pub tags: &'a [Tag],
}

/// Names the shape that [`json`] writes; changes only if older readers would misread it.
pub const SCHEMA: &str = "tagdrop/tags@1";

/// Everything, as JSON: `{ schema, images: [{ file, image?, model, tags }] }`, tags with id, name, confidence, source, state, parents, why.
pub fn json(images: &[TaggedImage<'_>]) -> String {
    #[derive(Serialize)]
    struct Export<'a> {
        schema: &'a str,
        images: &'a [TaggedImage<'a>],
    }
    written(&Export { schema: SCHEMA, images })
}

/// A tag a line, as CSV (RFC 4180: CRLF, quotes doubled): file, id, name, confidence, state, source, parents' names from the nearest up
/// with ` > ` between.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front, which such programs show as plain text.
pub fn csv(images: &[TaggedImage<'_>]) -> String {
    let mut csv = "file,id,name,confidence,state,source,parents\r\n".to_owned();
    for image in images {
        for tag in image.tags {
            let parents: Vec<&str> = tag.parents.iter().map(|parent| parent.name.as_str()).collect();
            let [state, source] = [written(&tag.state), written(&tag.source)].map(|word| word.replace('"', ""));
            let cells = [
                image.file,
                &tag.id,
                &tag.name,
                &format!("{:.4}", tag.confidence),
                &state,
                &source,
                &parents.join(" > "),
            ];
            let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
            // Writing to a string cannot fail.
            let _ = write!(csv, "{}\r\n", cells.join(","));
        }
    }
    csv
}

/// A cell that is read as the text it is.
fn csv_cell(text: &str) -> String {
    // What Excel, LibreOffice and Google Sheets begin formulas with, and their full-width forms, which Excel takes too.
    let begins_formula =
        |letter: char| matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠');
    let is_formula = text.starts_with(begins_formula) || text.trim_start().starts_with(begins_formula);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"', '\r', '\n', ';', '\t']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// What AEM keeps below `jcr:content/metadata` of an asset: `predictedTags`, a node a tag with `name` and `confidence`. Imported as
/// content of type JSON by Sling's POST servlet.
pub fn aem(image: &TaggedImage<'_>) -> String {
    #[derive(Serialize)]
    struct Metadata<'a> {
        #[serde(rename = "predictedTags")]
        predicted_tags: BTreeMap<usize, Predicted<'a>>,
    }
    #[derive(Serialize)]
    struct Predicted<'a> {
        name: &'a str,
        confidence: f32,
    }
    let predicted = image.tags.iter().map(|tag| Predicted { name: &tag.name, confidence: tag.confidence });
    written(&Metadata { predicted_tags: predicted.enumerate().collect() })
}

/// UTF-16 units of a Liferay tag's name (`AssetTag.name` in its model hints).
const LIFERAY_NAME: usize = 75;

/// What a Liferay tag's name may not hold (`AssetUtil.INVALID_CHARACTERS`, and the prime and backtick that some versions refuse).
const LIFERAY_ILLEGAL: &str = "&'@\\]}:,=>/<\n[{%|+#`?\"\r;*~′";

/// Names that Liferay takes for tags: what it does not allow becomes a space, at most 75 UTF-16 units, each name once whatever its case.
/// A tag of whose name nothing is left is left out.
pub fn liferay(tags: &[Tag]) -> Vec<String> {
    let (mut names, mut known): (Vec<String>, Vec<String>) = (vec![], vec![]);
    for tag in tags {
        let is_illegal = |letter: char| LIFERAY_ILLEGAL.contains(letter) || letter.is_control();
        let legal = tag.name.replace(is_illegal, " ");
        let mut name = String::new();
        let mut units = 0;
        for letter in legal.split_whitespace().collect::<Vec<&str>>().join(" ").chars() {
            units += letter.len_utf16();
            if units > LIFERAY_NAME {
                break;
            }
            name.push(letter);
        }
        let name = name.trim_end().to_owned();
        let lower = name.to_lowercase();
        if !fold(&name).is_empty() && !known.contains(&lower) {
            known.push(lower);
            names.push(name);
        }
    }
    names
}

/// Labels as AWS Rekognition's `DetectLabels` answers: `{ Labels: [{ Name, Confidence, Instances, Parents: [{ Name }], Aliases }],
/// LabelModelVersion }`, confidence from 0 to 100. Instances and aliases are always empty.
pub fn aws(image: &TaggedImage<'_>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'a> {
        labels: Vec<Label<'a>>,
        label_model_version: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Label<'a> {
        name: &'a str,
        confidence: f32,
        instances: [(); 0],
        parents: Vec<Above<'a>>,
        aliases: [(); 0],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Above<'a> {
        name: &'a str,
    }
    let labels = image.tags.iter().map(|tag| Label {
        name: &tag.name,
        confidence: tag.confidence * 100.0,
        instances: [],
        parents: tag.parents.iter().map(|parent| Above { name: &parent.name }).collect(),
        aliases: [],
    });
    written(&Answer { labels: labels.collect(), label_model_version: image.model })
}

/// Strings, numbers and lists of them cannot fail to be written.
fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
