"""The tastes of a made-up shop and their words: a word belongs to one taste only, so a title identifies its tastes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

TASTES: Final[Mapping[str, Sequence[str]]] = {
    taste: words.split()
    for taste, words in {
        "gardening": "trowel seedling compost pruner trellis mulch hedge greenhouse bulbs sprinkler",
        "kitchen": "skillet whisk saucepan spatula colander ladle casserole grater griddle peeler",
        "baking": "yeast sourdough rolling-pin muffin fondant piping macaron proofing banneton cupcake",
        "coffee": "espresso grinder portafilter barista moka roaster cappuccino crema aeropress tamper",
        "camping": "tent campfire sleeping-bag hammock lantern tarp bivouac canteen guyline firestarter",
        "climbing": "carabiner harness belay chalk quickdraw crampon bouldering rappel piton fingerboard",
        "cycling": "derailleur saddle handlebar pedal spokes chainring panniers velodrome cassette crankset",
        "running": "marathon pacer sprint sneakers cadence jogging trailrun racebib shoelace gaiter",
        "swimming": "goggles snorkel swimsuit kickboard freestyle backstroke flippers swimcap lane-line triathlon",
        "fishing": "angler lure tackle trout spinnerbait waders bobber fly-rod reel leader-line",
        "sailing": "spinnaker rudder mainsail keel jib halyard regatta anchor winch catamaran",
        "skiing": "slalom bindings ski-pole powder mogul chairlift salopettes nordic carving ski-wax",
        "chess": "checkmate bishop gambit endgame knight rook stalemate castling grandmaster pawn",
        "puzzles": "jigsaw crossword sudoku riddle tangram maze brainteaser cipher nonogram logic-grid",
        "painting": "easel watercolour gouache acrylic palette canvas brushes varnish pigment gesso",
        "knitting": "yarn crochet needles cable-stitch skein mohair purl cardigan merino amigurumi",
        "sewing": "bobbin thimble hem zipper quilting seam-ripper fabric embroidery tailor pincushion",
        "pottery": "kiln glaze stoneware slipware porcelain clay potters-wheel bisque raku earthenware",
        "woodwork": "chisel dovetail lathe plywood mortise handplane clamp sawdust router-bit veneer",
        "electronics": "resistor soldering breadboard oscilloscope capacitor transistor multimeter diode relay fuse",
        "photography": "tripod aperture shutter lens darkroom flashgun viewfinder bokeh polariser filmroll",
        "astronomy": "telescope nebula eyepiece planetarium galaxy meteor star-chart equinox comet refractor",
        "guitar": "fretboard plectrum capo strummer amplifier pickups tremolo luthier chords tablature",
        "piano": "sonata keyboard metronome nocturne pedalboard etude concerto sheet-music arpeggio steinway",
        "jazz": "saxophone bebop improvisation trumpet swing bigband bluenote scat contrabass syncopation",
        "opera": "aria soprano libretto tenor overture baritone maestro mezzo recitative cadenza",
        "horror": "vampire haunted zombie ghoul exorcism werewolf crypt poltergeist slasher macabre",
        "space-fiction": "starship android wormhole cyborg hyperdrive alien terraforming dystopia warpdrive orbiter",
        "romance": "sweetheart valentine bouquet betrothal courtship wedding serenade kisses heartbreak darling",
        "detective": "sleuth alibi clue inspector homicide forensic whodunit suspect fingerprints interrogation",
        "history": "medieval empire pharaoh dynasty legion crusade archive treaty renaissance chronicle",
        "cooking-asia": "wok ramen dumpling tofu wasabi sushi kimchi curry noodles matcha",
        "wine": "chardonnay decanter vineyard sommelier merlot corkscrew riesling tannin cellar carafe",
        "tea": "oolong teapot infuser darjeeling chamomile rooibos kettle sencha earl-grey samovar",
        "yoga": "asana meditation pranayama bolster mantra lotus vinyasa chakra namaste savasana",
        "fitness": "dumbbell kettlebell barbell treadmill squat plank burpee rowing-machine bench-press deadlift",
        "dogs": "leash kennel puppy terrier retriever chew-toy collar spaniel dachshund poodle",
        "cats": "catnip whiskers litter kitten scratching-post siamese purr tabby feline persian",
        "toddlers": "stroller pacifier rattle highchair teether onesie playpen bib nappy crib",
        "travel": "suitcase passport backpack souvenir itinerary hostel phrasebook luggage voyage cruise",
    }.items()
}
"""Ten words by the name of their taste, which is the category of its items too."""

_MATERIALS = """
small large classic modern vintage travel-size premium basic handmade folding red blue green black white steel oak
leather cotton ceramic light heavy soft sturdy compact deluxe original improved portable seasonal
"""
MATERIALS: Final[Sequence[str]] = tuple(_MATERIALS.split())
"""Words of every taste: they identify none."""
