//! Words as people type them → one spelling to compare.

/// Appends `text` in lower case and without accents, each run of anything but letters and digits as one space, none at the ends.
///
/// Knows the accented letters of Latin-1 and Latin Extended-A and combining accents; ß, æ and œ become two letters. Japanese:
/// katakana becomes hiragana, full-width letters narrow. Other scripts only lose their case; half-width katakana, ligatures and
/// traditional Chinese stay as they are. `ä` becomes `a`, never `ae`.
pub fn fold_into(text: &str, folded: &mut String) {
    let start = folded.len();
    let mut gap = false;
    for lower in text.chars().flat_map(char::to_lowercase) {
        let narrow = match lower {
            '\u{300}'..='\u{36f}' => continue,
            '！'..='～' => char::from_u32(lower as u32 - 0xfee0).unwrap_or(lower).to_ascii_lowercase(),
            'ァ'..='ヶ' => char::from_u32(lower as u32 - 0x60).unwrap_or(lower),
            other => other,
        };
        // The long-vowel mark is a letter of its own, which Unicode counts as one.
        if !narrow.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && folded.len() > start {
            folded.push(' ');
        }
        gap = false;
        match plain(narrow) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(narrow),
        }
    }
}

/// As [`fold_into`], into a string of its own.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// An accented lower-case letter without its accent.
fn plain(letter: char) -> Option<&'static str> {
    if letter < 'ß' {
        return None;
    }
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ß' => "ss",
        'ś' | 'ŝ' | 'ş' | 'š' => "s",
        'þ' => "th",
        'ţ' | 'ť' | 'ŧ' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}
