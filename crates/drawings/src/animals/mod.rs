//! Animals: a table of descriptions, and one drawer for all of them.

mod birds;
mod draw;
mod part;
mod plains;
mod sea;
mod small;
mod woods;

use crate::Svg;
use part::Sketch;

/// One line per species: its name, and where it is described.
macro_rules! animals {
    ($($name:ident = $sketch:path,)*) => {
        /// A species this crate can draw.
        ///
        /// The names are part of what users see and of what is stored: they are added to, never changed or removed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Animal {
            $(#[doc = concat!("The species drawn as “", stringify!($name), "”.")] $name,)*
        }

        impl Animal {
            /// Every species, in alphabetical order.
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
    Bison = plains::BISON,
    Boar = plains::BOAR,
    Butterfly = small::BUTTERFLY,
    Camel = plains::CAMEL,
    Cat = woods::CAT,
    Caterpillar = small::CATERPILLAR,
    Chameleon = small::CHAMELEON,
    Cheetah = plains::CHEETAH,
    Chick = birds::CHICK,
    Cow = plains::COW,
    Crab = sea::CRAB,
    Crocodile = small::CROCODILE,
    Deer = plains::DEER,
    Dog = woods::DOG,
    Dolphin = sea::DOLPHIN,
    Donkey = plains::DONKEY,
    Dragonfly = small::DRAGONFLY,
    Duck = birds::DUCK,
    Eagle = birds::EAGLE,
    Elephant = plains::ELEPHANT,
    Fish = sea::FISH,
    Flamingo = birds::FLAMINGO,
    Fox = woods::FOX,
    Frog = small::FROG,
    Giraffe = plains::GIRAFFE,
    Goat = plains::GOAT,
    Gorilla = plains::GORILLA,
    Hamster = woods::HAMSTER,
    Hedgehog = woods::HEDGEHOG,
    Hippo = plains::HIPPO,
    Horse = plains::HORSE,
    Jellyfish = sea::JELLYFISH,
    Koala = woods::KOALA,
    Ladybird = small::LADYBIRD,
    Lemur = plains::LEMUR,
    Lion = plains::LION,
    Llama = plains::LLAMA,
    Lobster = sea::LOBSTER,
    Lynx = woods::LYNX,
    Mole = woods::MOLE,
    Monkey = plains::MONKEY,
    Moose = plains::MOOSE,
    Mouse = woods::MOUSE,
    Narwhal = sea::NARWHAL,
    Octopus = sea::OCTOPUS,
    Orca = sea::ORCA,
    Ostrich = birds::OSTRICH,
    Otter = woods::OTTER,
    Owl = birds::OWL,
    Panda = woods::PANDA,
    Panther = plains::PANTHER,
    Parrot = birds::PARROT,
    Peacock = birds::PEACOCK,
    Penguin = birds::PENGUIN,
    Pig = plains::PIG,
    Poodle = woods::POODLE,
    Pufferfish = sea::PUFFERFISH,
    Puffin = birds::PUFFIN,
    Rabbit = woods::RABBIT,
    Raccoon = woods::RACCOON,
    Ram = plains::RAM,
    Raven = birds::RAVEN,
    Rhino = plains::RHINO,
    Robin = birds::ROBIN,
    Rooster = birds::ROOSTER,
    Seahorse = sea::SEAHORSE,
    Seal = sea::SEAL,
    Shark = sea::SHARK,
    Sheep = plains::SHEEP,
    Skunk = woods::SKUNK,
    Sloth = plains::SLOTH,
    Snail = small::SNAIL,
    Snake = small::SNAKE,
    Spider = small::SPIDER,
    Squid = sea::SQUID,
    Squirrel = woods::SQUIRREL,
    Starfish = sea::STARFISH,
    Swan = birds::SWAN,
    Tiger = plains::TIGER,
    Toucan = birds::TOUCAN,
    Turkey = birds::TURKEY,
    Turtle = small::TURTLE,
    Walrus = sea::WALRUS,
    Whale = sea::WHALE,
    Wolf = woods::WOLF,
    Zebra = plains::ZEBRA,
}

impl Animal {
    /// The species of this exact [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|animal| animal.name() == name)
    }
}

/// Draws one animal. The species decides the shape; the seed decides the background, shades, expression and tilt.
#[must_use]
pub fn animal(species: Animal, seed: [u8; 16]) -> Svg {
    draw::draw(species.name(), species.sketch(), seed)
}
