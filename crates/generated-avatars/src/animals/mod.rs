//! Animals: a table of descriptions, and one drawer for all of them.
//!
//! A new species is one constant in the file of its kind, written in the words of `part`, and one
//! line in the list below. The tests say whether it fits the circle and differs enough from all
//! others at 32 px; the contact sheet (`examples/contact_sheet.rs`) shows whether anyone would know
//! it. A new species leaves all other pictures as they are, so that it needs no new
//! [`VERSION`](crate::VERSION), only its lines in the snapshot.

mod birds;
mod draw;
mod face;
mod home;
mod hoofed;
mod jungle;
mod mood;
mod part;
mod sea;
mod small;
mod woods;

use crate::svg::Svg;
use part::Sketch;

/// One line per species: its name, and where it is described.
macro_rules! animals {
    ($($name:ident = $sketch:path,)*) => {
        /// A species this crate can draw.
        ///
        /// The names are part of what users see and of what is stored: they are added to, never
        /// changed or removed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Animal {
            $(#[doc = concat!("The species drawn as “", stringify!($name), "”.")] $name,)*
        }

        impl Animal {
            /// Every species, in alphabetical order. Positions shift as species are added: keep
            /// names, not numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The English word: one capitalised ASCII word of at most 12 letters.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            fn sketch(self) -> &'static Sketch {
                match self { $(Self::$name => &$sketch,)* }
            }
        }
    };
}

animals! {
    Ant = small::ANT,
    Axolotl = small::AXOLOTL,
    Badger = woods::BADGER,
    Bat = woods::BAT,
    Bear = woods::BEAR,
    Beaver = woods::BEAVER,
    Bee = small::BEE,
    Bison = hoofed::BISON,
    Boar = hoofed::BOAR,
    Butterfly = small::BUTTERFLY,
    Camel = hoofed::CAMEL,
    Cat = home::CAT,
    Caterpillar = small::CATERPILLAR,
    Chameleon = small::CHAMELEON,
    Cheetah = jungle::CHEETAH,
    Chick = birds::CHICK,
    Cow = hoofed::COW,
    Crab = sea::CRAB,
    Crocodile = small::CROCODILE,
    Deer = hoofed::DEER,
    Dog = home::DOG,
    Dolphin = sea::DOLPHIN,
    Donkey = hoofed::DONKEY,
    Dragonfly = small::DRAGONFLY,
    Duck = birds::DUCK,
    Eagle = birds::EAGLE,
    Elephant = jungle::ELEPHANT,
    Fish = sea::FISH,
    Flamingo = birds::FLAMINGO,
    Fox = woods::FOX,
    Frog = small::FROG,
    Giraffe = hoofed::GIRAFFE,
    Goat = hoofed::GOAT,
    Gorilla = jungle::GORILLA,
    Hamster = home::HAMSTER,
    Hedgehog = woods::HEDGEHOG,
    Hippo = jungle::HIPPO,
    Horse = hoofed::HORSE,
    Jellyfish = sea::JELLYFISH,
    Koala = woods::KOALA,
    Ladybird = small::LADYBIRD,
    Lemur = jungle::LEMUR,
    Lion = jungle::LION,
    Llama = hoofed::LLAMA,
    Lobster = sea::LOBSTER,
    Lynx = woods::LYNX,
    Mole = woods::MOLE,
    Monkey = jungle::MONKEY,
    Moose = hoofed::MOOSE,
    Mouse = home::MOUSE,
    Narwhal = sea::NARWHAL,
    Octopus = sea::OCTOPUS,
    Orca = sea::ORCA,
    Ostrich = birds::OSTRICH,
    Otter = woods::OTTER,
    Owl = birds::OWL,
    Panda = woods::PANDA,
    Panther = jungle::PANTHER,
    Parrot = birds::PARROT,
    Peacock = birds::PEACOCK,
    Penguin = birds::PENGUIN,
    Pig = hoofed::PIG,
    Poodle = home::POODLE,
    Pufferfish = sea::PUFFERFISH,
    Puffin = birds::PUFFIN,
    Rabbit = home::RABBIT,
    Raccoon = woods::RACCOON,
    Ram = hoofed::RAM,
    Raven = birds::RAVEN,
    Rhino = jungle::RHINO,
    Robin = birds::ROBIN,
    Rooster = birds::ROOSTER,
    Seahorse = sea::SEAHORSE,
    Seal = sea::SEAL,
    Shark = sea::SHARK,
    Sheep = hoofed::SHEEP,
    Skunk = woods::SKUNK,
    Sloth = jungle::SLOTH,
    Snail = small::SNAIL,
    Snake = small::SNAKE,
    Spider = small::SPIDER,
    Squid = sea::SQUID,
    Squirrel = woods::SQUIRREL,
    Starfish = sea::STARFISH,
    Swan = birds::SWAN,
    Tiger = jungle::TIGER,
    Toucan = birds::TOUCAN,
    Turkey = birds::TURKEY,
    Turtle = small::TURTLE,
    Walrus = sea::WALRUS,
    Whale = sea::WHALE,
    Wolf = woods::WOLF,
    Zebra = hoofed::ZEBRA,
}

impl Animal {
    /// The species of this exact [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|animal| animal.name() == name)
    }
}

/// Draws one animal. The species decides the shape; the seed decides the background, shades,
/// expression and tilt.
#[must_use]
pub fn animal(species: Animal, seed: [u8; 16]) -> Svg {
    draw::draw(species.name(), species.sketch(), seed)
}
