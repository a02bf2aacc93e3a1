//! A baseline JPEG encoder (ITU-T T.81) for planes that are already 4:2:0 or grey, with Huffman
//! tables made for the picture.
//!
//! Its own, because the pictures come as planes and the encoders to be had want interleaved pixels
//! of full colour resolution: turning planes into those and back costs more than the encoding.

mod blocks;
mod dct;
mod huffman;
mod tables;
mod tokens;

use crate::plane::Plane;
use blocks::Component;
use huffman::{Code, Writer};
use tables::{CHROMA, LUMA, Quantizer};
use tokens::{Token, Tokens};

pub(super) fn encode(luma: &Plane, chroma: Option<&[Plane; 2]>) -> Vec<u8> {
    let quantizers = [Quantizer::new(&LUMA), Quantizer::new(&CHROMA)];
    let components = components(luma, chroma, &quantizers);
    let tokens = tokens::of(luma, &components);
    let codes = tokens.counts.each_ref().map(Code::for_counts);
    let used = if chroma.is_some() { 2 } else { 1 };
    let mut file = vec![0xff, 0xd8];
    segment(&mut file, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (index, quantizer) in (0..).zip(&quantizers).take(used) {
        segment(&mut file, 0xdb, &[&[index], quantizer.zigzag().as_slice()].concat());
    }
    segment(&mut file, 0xc0, &frame(luma, &components));
    for (code, class) in codes.iter().zip([0x00, 0x10, 0x01, 0x11]).take(used * 2) {
        segment(&mut file, 0xc4, &[&[class], code.definition().as_slice()].concat());
    }
    segment(&mut file, 0xda, &scan(components.len()));
    entropy(file, &tokens, &codes)
}

fn components<'a>(
    luma: &'a Plane,
    chroma: Option<&'a [Plane; 2]>,
    [bright, coloured]: &'a [Quantizer; 2],
) -> Vec<Component<'a>> {
    let Some([cb, cr]) = chroma else {
        return vec![Component { plane: luma, quantizer: bright, sampling: 1, class: 0 }];
    };
    let coloured = |plane| Component { plane, quantizer: coloured, sampling: 1, class: 2 };
    vec![
        Component { plane: luma, quantizer: bright, sampling: 2, class: 0 },
        coloured(cb),
        coloured(cr),
    ]
}

fn segment(file: &mut Vec<u8>, marker: u8, data: &[u8]) {
    file.extend([0xff, marker]);
    file.extend((data.len() as u16 + 2).to_be_bytes());
    file.extend(data);
}

fn frame(luma: &Plane, components: &[Component<'_>]) -> Vec<u8> {
    let mut data = vec![8];
    data.extend((luma.height as u16).to_be_bytes());
    data.extend((luma.width as u16).to_be_bytes());
    data.push(components.len() as u8);
    for (id, component) in (1..).zip(components) {
        data.extend([id, component.sampling as u8 * 0x11, u8::from(component.class != 0)]);
    }
    data
}

fn scan(components: usize) -> Vec<u8> {
    let mut data = vec![components as u8];
    data.extend(
        [(1, 0x00), (2, 0x11), (3, 0x11)]
            .iter()
            .take(components)
            .flat_map(|(id, tables)| [*id, *tables]),
    );
    data.extend([0, 63, 0]);
    data
}

fn entropy(file: Vec<u8>, tokens: &Tokens, codes: &[Code; 4]) -> Vec<u8> {
    let expected = tokens.rows.iter().map(Vec::len).sum::<usize>() / 2;
    let mut writer = Writer::new(file, expected);
    for token in tokens.rows.iter().flatten() {
        let Token { class, symbol, extra, length } = token.unpack();
        let (bits, size) = codes.get(class).map_or((0, 0), |code| code.of(symbol));
        writer.put((bits << length) | extra, size + length);
    }
    let mut file = writer.finish();
    file.extend([0xff, 0xd9]);
    file
}
