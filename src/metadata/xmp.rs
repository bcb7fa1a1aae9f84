//! One XMP packet, edited as text so that what is not ours keeps every byte (ISO 16684-1). The only room that names the XML reader.
//!
//! What is added to lists that exist stands as items at their ends; everything else stands in one `rdf:Description` of ours. Its
//! properties in the namespace [`NAMESPACE`] say what is ours:
//!
//! | property | |
//! | --- | --- |
//! | `tagdrop:writtenSubject` | bag: our items of `dc:subject` in this packet |
//! | `tagdrop:writtenHierarchicalSubject` | bag: our items of `lr:hierarchicalSubject` in this packet |
//! | `tagdrop:writtenKeywords` | bag: our keywords in the file's IPTC |
//! | `tagdrop:made` | bag of what did not exist before: `packet`, `subject`, `hierarchicalSubject`, `iptc`, `characterSet` |

use std::borrow::Cow;
use std::ops::Range;

use roxmltree::{Attribute, Document, Node, ParsingOptions};

use super::carried::{lacking, marked, splice, unsupported};
use crate::{Result, limits};

/// Of our private properties.
pub const NAMESPACE: &str = "urn:x-tagdrop:metadata:1.0/";

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const LIGHTROOM: &str = "http://ns.adobe.com/lightroom/1.0/";

/// Around the RDF of a packet of ours.
const BEFORE: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
    <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
const AFTER: &str = "</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>";

/// The two lists of keywords that XMP has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lists {
    /// `dc:subject`: single words or phrases.
    pub subject: Vec<String>,
    /// `lr:hierarchicalSubject`: from the broadest term to the narrowest, `|` between.
    pub hierarchical: Vec<String>,
}

/// What of a file is ours, as its packets say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub lists: Lists,
    pub keywords: Vec<String>,
    /// What did not exist before.
    pub made: Vec<String>,
}

/// What a packet says.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Everybody's.
    pub lists: Lists,
    pub marks: Marks,
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

pub(super) fn read(packet: &[u8]) -> Result<Content> {
    let text = Text::decode(packet)?;
    let Some(document) = text.parse()? else { return Ok(Content::default()) };
    Ok(content(&document))
}

fn content(document: &Document) -> Content {
    let list = |namespace, name| properties(document, namespace, name).flat_map(|p| values(&p)).collect();
    Content {
        lists: Lists { subject: list(DC, "subject"), hierarchical: list(LIGHTROOM, "hierarchicalSubject") },
        marks: Marks {
            lists: Lists {
                subject: list(NAMESPACE, "writtenSubject"),
                hierarchical: list(NAMESPACE, "writtenHierarchicalSubject"),
            },
            keywords: list(NAMESPACE, "writtenKeywords"),
            made: properties(document, NAMESPACE, "made").flat_map(|p| values(&p)).collect(),
        },
    }
}

/// `packet` without what we wrote into it; `None` when nothing else was in it.
pub(super) fn remove(packet: &[u8]) -> Result<Option<Vec<u8>>> {
    let text = Text::decode(packet)?;
    let Some(document) = text.parse()? else { return Ok(Some(packet.to_vec())) };
    let marks = content(&document).marks;
    if marks == Marks::default() {
        return Ok(Some(packet.to_vec()));
    }
    // By id: the nodes to cut.
    let mut cut = vec![false; document.descendants().count()];
    let id = |node: Node| node.id().get_usize();
    for (namespace, name, ours) in
        [(DC, "subject", &marks.lists.subject), (LIGHTROOM, "hierarchicalSubject", &marks.lists.hierarchical)]
    {
        let lists: Vec<Node> = properties(&document, namespace, name).filter_map(Property::element).collect();
        let all: Vec<Node> = lists.iter().filter_map(container).flat_map(items).collect();
        let values: Vec<String> = all.iter().map(|item| value(*item)).collect();
        for (item, marked) in all.into_iter().zip(marked(&values, ours)) {
            cut[id(item)] = marked;
        }
        if contains(&marks.made, name) {
            for list in lists {
                cut[id(list)] = container(&list).is_some_and(|list| items(list).all(|item| cut[id(item)]));
            }
        }
    }
    let mut cuts = vec![];
    let mut left = false;
    for description in descriptions(&document) {
        for property in description.children().filter(|node| node.tag_name().namespace() == Some(NAMESPACE)) {
            cut[id(property)] = true;
        }
        let is_ours = |attribute: &Attribute| attribute.namespace() == Some(NAMESPACE);
        let touched = description.attributes().any(|attribute| is_ours(&attribute))
            || description.children().any(|child| cut[id(child)]);
        let nothing_left = description.children().all(|child| cut[id(child)] || is_blank(&child))
            && description.attributes().all(|attribute| is_ours(&attribute) || attribute.name() == "about");
        if touched && nothing_left {
            cuts.push(description.range());
        } else {
            left = true;
            // With the space before them.
            cuts.extend(description.attributes().filter(is_ours).map(|a| a.range().start - 1..a.range().end));
            cuts.extend(description.descendants().filter(|node| cut[id(*node)]).map(|node| node.range()));
        }
    }
    if !left && contains(&marks.made, "packet") {
        return Ok(None);
    }
    Ok(Some(text.splice(cuts.into_iter().map(|range| (range, String::new())).collect())))
}

/// `packet`, or a new one, with those of `wanted` that it lacks, and marks for them beside `marks` (whose lists are of no account).
///
/// # Errors
/// `unsupported-metadata` when a list to extend is not a list.
pub(super) fn add(packet: Option<&[u8]>, wanted: &Lists, marks: Marks) -> Result<Vec<u8>> {
    let new_packet;
    let (packet, is_new) = match packet {
        Some(packet) => (packet, false),
        None => {
            new_packet = [BEFORE, AFTER].concat();
            (new_packet.as_bytes(), true)
        }
    };
    let text = Text::decode(packet)?;
    let document = text.parse()?.ok_or_else(|| unsupported("Its XMP is empty."))?;
    let rdf = rdf(&document).ok_or_else(|| unsupported("Its XMP has no RDF."))?;
    let there = content(&document).lists;
    let mut marks = marks;
    marks.lists = Lists {
        subject: lacking(&wanted.subject, &there.subject),
        hierarchical: lacking(&wanted.hierarchical, &there.hierarchical),
    };
    let mut edits = vec![];
    let mut ours = String::new();
    for (namespace, name, prefix, fresh) in [
        (DC, "subject", "dc", marks.lists.subject.clone()),
        (LIGHTROOM, "hierarchicalSubject", "lr", marks.lists.hierarchical.clone()),
    ] {
        if fresh.is_empty() {
            continue;
        }
        match properties(&document, namespace, name).next() {
            None => {
                ours += &property(&format!("{prefix}:{name}"), namespace, &fresh);
                marks.made.push(name.to_owned());
            }
            Some(there) => {
                let list =
                    there.element().as_ref().and_then(container).ok_or_else(|| {
                        unsupported(format!("In its XMP {prefix}:{name} is a single value, not a list."))
                    })?;
                edits.push(text.append(&document, list, |prefix| list_items(prefix, &fresh)));
            }
        }
    }
    if let [(first, _), (second, _)] = &edits[..]
        && first.start > second.start
    {
        edits.reverse();
    }
    if marks == Marks::default() {
        return Ok(packet.to_vec());
    }
    if is_new {
        marks.made.push("packet".to_owned());
    }
    for (name, items) in [
        ("writtenSubject", &marks.lists.subject),
        ("writtenHierarchicalSubject", &marks.lists.hierarchical),
        ("writtenKeywords", &marks.keywords),
        ("made", &marks.made),
    ] {
        if !items.is_empty() {
            ours += &property(&format!("tagdrop:{name}"), NAMESPACE, items);
        }
    }
    // All of a packet's Descriptions are about the same.
    let about = descriptions(&document).find_map(|d| d.attributes().find(|a| a.name() == "about"));
    let about = escape(about.map_or("", |about| about.value()));
    let declared = rdf.lookup_namespace_uri(Some("rdf")) == Some(RDF);
    let declaration = if declared { String::new() } else { format!(" xmlns:rdf=\"{RDF}\"") };
    let ours = format!("<rdf:Description{declaration} rdf:about=\"{about}\">{ours}</rdf:Description>");
    edits.push(text.append(&document, rdf, |_| ours.clone()));
    Ok(text.splice(edits))
}

fn property(name: &str, namespace: &str, items: &[String]) -> String {
    let prefix = name.split(':').next().unwrap_or_default();
    let items = list_items("rdf:", items);
    format!("<{name} xmlns:{prefix}=\"{namespace}\"><rdf:Bag>{items}</rdf:Bag></{name}>")
}

fn list_items(prefix: &str, items: &[String]) -> String {
    items.iter().map(|item| format!("<{prefix}li>{}</{prefix}li>", escape(item))).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `packet` with at most `room` bytes, by giving up the space that is kept at its end for programs that edit in place.
pub(super) fn fit(packet: &[u8], room: usize) -> Option<Cow<'_, [u8]>> {
    let excess = packet.len().saturating_sub(room);
    if excess == 0 {
        return Some(packet.into());
    }
    const END: &[u8] = b"<?xpacket end";
    let end = packet.windows(END.len()).rposition(|window| window == END)?;
    let spare = packet[..end].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    (excess <= spare).then(|| [&packet[..end - excess], &packet[end..]].concat().into())
}

/// A value of a Description, in either of the two forms that RDF has for simple ones.
enum Property<'a, 'input> {
    Element(Node<'a, 'input>),
    Attribute(&'a str),
}

impl<'a, 'input> Property<'a, 'input> {
    fn element(self) -> Option<Node<'a, 'input>> {
        match self {
            Self::Element(node) => Some(node),
            Self::Attribute(_) => None,
        }
    }
}

fn rdf<'a, 'input>(document: &'a Document<'input>) -> Option<Node<'a, 'input>> {
    document.descendants().find(|node| node.has_tag_name((RDF, "RDF")))
}

fn descriptions<'a, 'input>(document: &'a Document<'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    rdf(document).into_iter().flat_map(|rdf| rdf.children()).filter(|node| node.has_tag_name((RDF, "Description")))
}

fn properties<'a, 'input>(
    document: &'a Document<'input>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Property<'a, 'input>> {
    descriptions(document).flat_map(move |description| {
        let attribute = description.attribute((namespace, name)).map(Property::Attribute);
        let elements = description.children().filter(move |node| node.has_tag_name((namespace, name)));
        attribute.into_iter().chain(elements.map(Property::Element))
    })
}

/// Its items, or itself if it is a single value.
fn values(property: &Property) -> Vec<String> {
    let values = match property {
        Property::Attribute(value) => vec![(*value).to_owned()],
        Property::Element(node) => match container(node) {
            Some(list) => items(list).map(value).collect(),
            None => vec![value(*node)],
        },
    };
    values.into_iter().filter(|value| !value.is_empty()).collect()
}

/// The list in a property, which should be a bag.
fn container<'a, 'input>(property: &Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    let is_list = |node: &Node| ["Bag", "Seq", "Alt"].iter().any(|name| node.has_tag_name((RDF, *name)));
    property.children().find(is_list)
}

fn items<'a, 'input>(list: Node<'a, 'input>) -> impl DoubleEndedIterator<Item = Node<'a, 'input>> {
    list.children().filter(|node| node.has_tag_name((RDF, "li")))
}

/// The text in a node; where it has qualifiers, that of its `rdf:value`.
fn value(node: Node) -> String {
    let qualified = node.descendants().find(|inner| inner.has_tag_name((RDF, "value")));
    let texts = qualified.unwrap_or(node).descendants().filter(Node::is_text).filter_map(|text| text.text());
    texts.collect::<String>().trim().to_owned()
}

fn is_blank(node: &Node) -> bool {
    node.is_text() && node.text().is_none_or(|text| text.trim().is_empty())
}

/// How a packet's text is coded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Utf8,
    Utf16Be,
    Utf16Le,
}

/// A packet's text, and where in it the XML stands.
struct Text {
    coding: Coding,
    text: String,
    xml: Range<usize>,
}

impl Text {
    fn decode(packet: &[u8]) -> Result<Self> {
        if packet.len() > limits::MAX_XMP_BYTES {
            return Err(unsupported(format!("Its XMP has {} MiB.", packet.len() >> 20)));
        }
        let coding = match packet {
            [0xfe, 0xff, ..] | [0, 1..=255, ..] => Coding::Utf16Be,
            [0xff, 0xfe, ..] | [1..=255, 0, ..] => Coding::Utf16Le,
            _ => Coding::Utf8,
        };
        let wide = |from: fn([u8; 2]) -> u16| {
            let (pairs, rest) = packet.as_chunks();
            let units: Vec<u16> = pairs.iter().map(|&pair| from(pair)).collect();
            String::from_utf16(&units).ok().filter(|_| rest.is_empty())
        };
        let text = match coding {
            Coding::Utf8 => std::str::from_utf8(packet).ok().map(str::to_owned),
            Coding::Utf16Be => wide(u16::from_be_bytes),
            Coding::Utf16Le => wide(u16::from_le_bytes),
        };
        let text = text.ok_or_else(|| unsupported("Its XMP is not in Unicode."))?;
        let end = text.trim_end_matches('\0').len();
        let start = text[..end].len() - text[..end].trim_start_matches('\u{feff}').len();
        Ok(Self { coding, text, xml: start..end })
    }

    /// `None` when there is nothing to parse.
    fn parse(&self) -> Result<Option<Document<'_>>> {
        let xml = &self.text[self.xml.clone()];
        if xml.trim().is_empty() {
            return Ok(None);
        }
        let options = ParsingOptions { nodes_limit: limits::MAX_XMP_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(xml, options);
        document.map(Some).map_err(|_| unsupported("Its XMP is not well-formed XML."))
    }

    /// The edit that puts `new`, given the prefix of `parent` with its colon, after its last child element.
    fn append(&self, document: &Document, parent: Node, new: impl Fn(&str) -> String) -> (Range<usize>, String) {
        let xml = document.input_text();
        let range = parent.range();
        let tag = &xml[range.clone()];
        let name = tag[1..].split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
        let prefix = name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let new = new(&prefix);
        if let Some(last) = parent.last_element_child() {
            return (last.range().end..last.range().end, new);
        }
        match tag.strip_suffix("/>") {
            Some(start) => (range.start + start.len()..range.end, format!(">{new}</{name}>")),
            None => {
                let end = range.start + tag.rfind("</").unwrap_or(tag.len());
                (end..end, new)
            }
        }
    }

    /// The packet with ranges of its XML replaced.
    fn splice(&self, edits: Vec<(Range<usize>, String)>) -> Vec<u8> {
        let at = |position| self.xml.start + position;
        let edits = edits.into_iter().map(|(range, new)| (at(range.start)..at(range.end), new.into_bytes())).collect();
        let text = splice(self.text.as_bytes(), edits);
        if self.coding == Coding::Utf8 {
            return text;
        }
        let to = if self.coding == Coding::Utf16Be { u16::to_be_bytes } else { u16::to_le_bytes };
        String::from_utf8_lossy(&text).encode_utf16().flat_map(to).collect()
    }
}
