#include "harness/anchors/english.h"

#include <sstream>
#include <string>
#include <unordered_map>

namespace lethe {
namespace {

struct WordList {
  uint32_t traits;
  const char* words;
};

// A word may stand in several lists; its bits are joined.
const WordList kLists[] = {
    {kTitle | kMale,
     "mr sir lord master monsieur messrs uncle father brother signor herr "
     "signore"},
    {kTitle | kFemale,
     "mrs miss ms lady madam madame mademoiselle aunt mother sister signora "
     "signorina frau fräulein dame"},
    {kTitle,
     "dr doctor prof professor captain capt colonel col major general gen "
     "lieutenant lieut sergeant corporal inspector detective constable "
     "superintendent reverend rev father bishop judge justice president "
     "senator governor cousin saint"},
    {kTitle | kNamePart, "st ste"},
    {kRank | kMale,
     "king prince duke count baron emperor knave earl marquis viscount "
     "sultan czar tsar wizard monk friar abbot knight squire"},
    {kRank | kFemale,
     "queen princess duchess countess baroness empress marchioness witch "
     "nun abbess"},
    {kAddress,
     "majesty highness excellency lordship ladyship honour honor grace "
     "worship sir madam ma'am maam gentleman gentlemen ladies sire"},
    {kFunctionWord | kDeterminer,
     "the a an this that these those my your his her its our their some any "
     "no every each another either neither both all such what which whose"},
    {kFunctionWord,
     "i i'm i've i'll i'd me mine myself you you're you've you'll you'd yours "
     "yourself he he's he'd he'll him himself she she's she'd she'll hers "
     "herself it it's itself it'll we we're we've we'll we'd us ourselves "
     "they they're they've they'll they'd them themselves theirs who whom "
     "who's what's that's there's here's where's how's let's one ones none "
     "and or but nor so yet for if then than though although because since "
     "unless until till while whereas whether as of in on at to from by with "
     "without within into onto upon over under above below between among "
     "through during before after behind beneath beside besides beyond near "
     "off out up down about against across along around round toward towards "
     "not don't didn't doesn't isn't aren't wasn't weren't won't wouldn't "
     "can't couldn't shouldn't haven't hasn't hadn't ain't shan't mustn't am "
     "is are was were be been being do does did done have has had having "
     "will would shall should can could may might must ought let here there "
     "where when why how now again once only just even still also too very "
     "quite rather well never ever always often perhaps indeed however "
     "therefore thus hence else more most less least much many few several "
     "first second last next other others same own certainly surely "
     "presently suddenly finally meanwhile nothing something anything "
     "everything nobody somebody anybody everybody someone anyone everyone "
     "like come go get got see look tell say said make made take give think "
     "know find keep put please pray thank thanks"},
    {kFunctionWord | kDirect,
     "begone oh ah o ha hum hm hush bah alas yes no nay aye ay eh hullo hello "
     "hallo "
     "hey hi ho hurrah hooray well why indeed goodbye good-bye bravo ugh pooh "
     "tut halloa humph pshaw fie amen welcome farewell"},
    {kNoAnchor,
     "monday tuesday wednesday thursday friday saturday sunday january "
     "february march april june july august september october november "
     "december christmas easter god gods heaven lord bible christ jesus "
     "christian christians providence chapter mon tue wed thu fri sat sun "
     "jan feb mar apr jun jul aug sept oct nov dec am pm"},
    {kNoAnchor,
     "english french german american british scotch scottish irish welsh "
     "spanish italian russian dutch danish swedish norwegian finnish polish "
     "greek latin roman hebrew jewish jew jews arabic arabian turkish persian "
     "indian chinese japanese korean european african asian australian "
     "canadian mexican brazilian portuguese austrian swiss belgian hungarian "
     "bohemian prussian egyptian englishman englishmen englishwoman "
     "frenchman frenchmen irishman scotchman scotsman americans germans "
     "indians romans greeks turks arabs italians spaniards russians "
     "catholic protestant muslim buddhist hindu victorian gothic"},
    {kConnector,
     "of the de von van der den la le du des di da del della y und et zu ten "
     "ter al el bin ibn"},
    {kPlaceHead,
     "street road square lane avenue court lodge valley park house hall "
     "station yard bridge hill farm inn hotel castle abbey terrace gardens "
     "garden place gate wood woods forest river lake lakes island islands bay "
     "mount mountain mountains sea ocean town city county village church "
     "cathedral palace tower cottage manor grange crescent row alley market "
     "harbour mont lac port beach cliff cave desert port pool common green "
     "cross"},
    {kGroupHead,
     "bank company league society office club university school college "
     "agency association union institute academy corporation ministry "
     "department government army navy regiment police museum library hospital "
     "theatre press times post journal herald gazette company's co ltd inc "
     "party council committee board guild order brotherhood"},
    {kSpeech,
     "said says replied asked cried answered remarked thought exclaimed "
     "whispered shouted added observed continued began interrupted muttered "
     "murmured repeated growled laughed smiled nodded sighed screamed called "
     "remarked explained returned shrugged looked seemed felt knew went came "
     "ran sat stood turned rose took had was did could"},
    {kPlaceBefore,
     "in at to from near into through towards toward across outside inside "
     "around beyond reached left visited leaving via"},
    {kGivenName | kFemale,
     "mary elizabeth anne ann anna jane sarah catherine katherine kate katie "
     "margaret helen ellen alice emily emma charlotte caroline lucy lydia "
     "julia flora irene violet rose clara ada mabel edith ethel florence maud "
     "dinah elsie isabella harriet susan maria eliza louisa georgiana agatha "
     "justine hatty nancy molly polly peggy betty dorothy hermione ginny lily "
     "luna petunia amy beth meg jo olivia sophia laura rachel rebecca ruth "
     "hannah jessica linda barbara patricia jennifer"},
    {kGivenName | kMale,
     "john james george henry william charles thomas robert richard edward "
     "joseph arthur frank francis peter paul david samuel daniel michael "
     "andrew philip hugh neville godfrey vincent jabez elias victor ernest "
     "felix walter albert alfred frederick fred harry jack bill tom dick jim "
     "joe sam ned ben pat percy sherlock hosmer edwin edgar oliver ron draco "
     "sirius neville mark luke matthew simon stephen steven christopher "
     "nicholas anthony brian kevin jason"},
    {kCreature,
     "rabbit hare mouse cat kitten dog puppy turtle tortoise gryphon griffin "
     "dormouse caterpillar pigeon dodo lory eaglet eagle duck lizard crab "
     "lobster owl panther magpie canary frog fish toad bat rat lion tiger "
     "bear wolf fox deer stag horse mare pony donkey mule ox bull cow calf "
     "sheep lamb goat pig boar hen cock goose swan crow raven rook hawk "
     "falcon sparrow robin wren parrot peacock turkey whale shark dolphin "
     "seal otter beaver badger squirrel hedgehog mole weasel monkey ape "
     "gorilla elephant camel giraffe zebra snake serpent viper crocodile "
     "alligator spider ant bee wasp fly gnat moth butterfly beetle worm snail "
     "oyster walrus unicorn dragon phoenix centaur troll goblin elf dwarf "
     "ogre giant mermaid hippogriff basilisk flamingo guinea-pig"},
    {kMale, "he him his himself he'd he's he'll"},
    {kFemale, "she her hers herself she'd she's she'll"},
    {kNeuter, "it its itself"},
};

std::unordered_map<std::string, uint32_t> all_words() {
  std::unordered_map<std::string, uint32_t> all;
  for (const WordList& list : kLists) {
    std::istringstream words(list.words);
    for (std::string word; words >> word;) all[word] |= list.traits;
  }
  return all;
}

}  // namespace

uint32_t word_traits(std::string_view folded) {
  static const std::unordered_map<std::string, uint32_t> all = all_words();
  const auto found = all.find(std::string(folded));
  return found == all.end() ? 0 : found->second;
}

}  // namespace lethe
