#include "model/workload/generator/chat_subjects.hpp"

#include <array>

namespace kvsim {
namespace {

using Text = std::string_view;

namespace cooking {

constexpr auto kSystems = std::to_array<Text>({
    "You are the cooking assistant of a recipe website. You help home cooks to plan meals, to cook "
    "them well, and to mend what went wrong. Give amounts in grams and millilitres, oven "
    "temperatures in degrees Celsius, and times in minutes. Name allergens such as nuts, gluten, "
    "milk and egg whenever a dish contains them. Prefer ingredients that an ordinary supermarket "
    "sells, and offer a substitute for anything unusual. Never recommend eating raw poultry or "
    "tasting raw dough made with flour and egg. If a question has nothing to do with food, say so "
    "kindly and steer the talk back to the kitchen. Answer in plain, friendly sentences, and use a "
    "numbered list only for the steps of a recipe.",
    "You are a chef who teaches beginners over chat. Your pupils own one pan, one pot, one sharp "
    "knife and a small oven. Explain why each step matters, because a reason is easier to remember "
    "than a rule. Keep each answer under two hundred words, ask at most one question back, and "
    "never suggest equipment that costs more than the meal.",
});

constexpr auto kTopics = std::to_array<Text>({
    "sourdough bread",
    "a vegetable lasagne",
    "chicken soup with noodles",
    "a Thai green curry",
    "roast potatoes",
    "a lentil stew",
    "mushroom risotto",
    "apple pie",
    "fish tacos",
    "a Greek salad",
    "scrambled eggs",
    "banana pancakes",
});

constexpr auto kSituations = std::to_array<Text>({
    "I have guests coming on Saturday evening and only about two hours to cook.",
    "My kitchen is tiny and the oven runs hotter than its dial says.",
    "I am cooking for two small children who refuse anything spicy.",
    "Last time I tried this it came out dry, so I am a bit nervous.",
    "I just moved into my first flat and own very few spices.",
    "One of my friends does not eat dairy, and another is vegetarian.",
    "I found a good offer at the market and bought far too much.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "How do I make {topic} from scratch, and what should I prepare in advance?",
    "What are the most common mistakes people make when they cook {topic} for the first time?",
    "Could you give me a simple recipe for {topic} that serves four people?",
    "Which ingredients really matter for {topic}, and which ones can I safely leave out?",
    "What would you serve together with {topic} to turn it into a complete dinner?",
    "How far ahead can I prepare {topic}, and how should I store it until then?",
    "I want to make {topic} a little healthier without losing the taste. What would you change?",
    "Explain to me step by step what happens to the ingredients while {topic} is cooking.",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "Thanks, that helps. How would the times change if I made twice as much of it?",
    "I do not have all of these ingredients at home. What could I use instead of the first two?",
    "How can I tell that it is done, without cutting it open to look inside?",
    "What should I do if it turns out too salty in the end?",
    "Is there a version of this that works without any milk, butter or cheese?",
    "Which of these steps could I do the evening before, and which must wait?",
    "What kind of drink would go well with it, with and without alcohol?",
    "How long do the leftovers keep in the fridge, and can I freeze them?",
    "Could you write the shopping list for it, sorted by the parts of the shop?",
    "Why does the order of the steps matter here? I would have started with the sauce.",
    "Roughly how much does this cost for four people, and where could I save money?",
    "My friend says that her grandmother adds a pinch of sugar. Does that make any sense?",
    "Suggest a small starter that fits and that I can make in ten minutes.",
    "How would a restaurant plate this so that it looks a bit special?",
});

}  // namespace cooking

namespace travel {

constexpr auto kSystems = std::to_array<Text>({
    "You are the travel planner of a small agency that sells trips by train, bus and ferry. You "
    "help customers to choose a place, a season and a route, and to spend their days well. Ask for "
    "the budget and the number of travellers if you do not know them yet. Propose at most three "
    "options at a time and say for whom each is best. Mention opening days, booking deadlines and "
    "what to do when it rains. Do not invent prices: give ranges and say that they are estimates. "
    "Do not give legal advice on visas; name the embassy as the place to ask. Be warm, but get to "
    "the point within two sentences.",
    "You are a local guide who chats with visitors. You love side streets, markets, small museums "
    "and long walks, and you know that people tire after four hours. Suggest plans by morning, "
    "afternoon and evening. Always add one thing that costs nothing, and one warning about what "
    "visitors tend to get wrong.",
});

constexpr auto kTopics = std::to_array<Text>({
    "Lisbon",
    "Kyoto",
    "the Scottish Highlands",
    "Istanbul",
    "the Norwegian coast",
    "Mexico City",
    "Vienna",
    "Sicily",
    "Marrakesh",
    "the Black Forest",
    "Vancouver",
    "Prague",
});

constexpr auto kSituations = std::to_array<Text>({
    "My partner and I have one week off in May and do not want to fly.",
    "I travel alone with a small backpack, and I like to walk a lot.",
    "We are a family with two children, six and nine years old.",
    "My parents are in their seventies and cannot climb many stairs.",
    "It will be my first trip abroad, so please assume that I know nothing.",
    "Our budget is small this year, about sixty euros a day for each of us.",
    "I have been there once before, for work, and saw only the hotel.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "What would a good first visit to {topic} look like if we have four days?",
    "When is the best time of the year to visit {topic}, and why?",
    "Which parts of {topic} would you show to somebody who dislikes crowds?",
    "What should I eat in {topic} that I cannot easily find elsewhere?",
    "How do I get around in {topic} without renting a car?",
    "What should I know about the history of {topic} before I go there?",
    "Help me to plan a rainy weekend in {topic} that is not only about museums.",
    "What do most visitors get wrong about {topic}, and how can I avoid it?",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "That sounds good. What would you drop if we had one day less?",
    "Where should we stay so that we can walk to most of these places?",
    "Which of these things do we have to book in advance, and how early?",
    "What would be a good half-day trip from there by train or bus?",
    "Could you turn this into a plan with morning, afternoon and evening for each day?",
    "What should I pack for the weather that you would expect in that season?",
    "Is it safe to walk around there at night, and is there an area to avoid?",
    "Which two or three phrases of the local language should I learn first?",
    "We would like one really nice dinner. What kind of place should we look for?",
    "How much money should we set aside for food, tickets and local transport?",
    "What could we do there with children when they get tired of walking?",
    "Tell me a short story or a legend about the place that I can tell the others.",
    "Is there a market or a festival around that time which is worth a detour?",
    "If you had to choose only one thing from your list, which one would it be?",
});

}  // namespace travel

namespace science {

constexpr auto kSystems = std::to_array<Text>({
    "You are a science tutor for pupils between twelve and sixteen. Explain one idea at a time, "
    "begin with something that the pupil can see or touch at home, and only then name the "
    "technical term. Use numbers where they help and say how large they are compared with "
    "everyday things. When scientists are not sure about something, say so. Do not solve homework "
    "outright: give a hint, let the pupil try, and then check the result together. Correct wrong "
    "ideas gently and explain where they come from. Close each answer with one short question "
    "that tests whether the idea was understood. Never make up sources, and never describe "
    "dangerous experiments with fire, mains voltage or strong chemicals.",
    "You are the question desk of a science museum. Visitors ask anything, from stars to bacteria. "
    "Answer in at most six sentences, correctly and without jargon, and mention one object or "
    "experiment that would show the effect. If a question rests on a myth, say what is true "
    "instead.",
});

constexpr auto kTopics = std::to_array<Text>({
    "photosynthesis",
    "the tides",
    "black holes",
    "vaccines",
    "earthquakes",
    "the water cycle",
    "electric motors",
    "rainbows",
    "the seasons",
    "DNA",
    "magnets",
    "sound waves",
});

constexpr auto kSituations = std::to_array<Text>({
    "I have a test on this next week and my notes make no sense to me.",
    "My little brother asked me about it, and I noticed that I could not explain it.",
    "I saw a documentary yesterday that skipped over the interesting part.",
    "Our teacher went through this very quickly on the last day before the holidays.",
    "I am preparing a short talk of five minutes for my class.",
    "I read two explanations online that seem to contradict each other.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "Can you explain {topic} to me in simple words, as if I were twelve?",
    "How did people find out about {topic}, and who were the first to understand it?",
    "What is the most common misunderstanding about {topic}, and what is true instead?",
    "Which experiment at home would help me to understand {topic} a little better?",
    "Why should I care about {topic} in daily life? I can hardly think of an example.",
    "What do scientists still not know about {topic}? Please be honest.",
    "Give me three surprising facts about {topic} and explain each of them briefly.",
    "How would you compare {topic} with something that I know from the kitchen?",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "I think I understand the first half. Could you explain the last part once more, slowly?",
    "What would happen if it suddenly stopped, everywhere on Earth, for one day?",
    "How large are the numbers here? Compare them with something from everyday life, please.",
    "Is that always true, or are there cases in which it works differently?",
    "Which word should I remember from all this, and what exactly does it mean?",
    "How do we know that? What would one measure in order to check it?",
    "Let me try: is it right to say that energy only changes its form here?",
    "Could you ask me two questions, so that I can see whether I got it?",
    "What does this have to do with the weather, or with the climate in general?",
    "Who discovered it, and what did people believe before that discovery was made?",
    "Please put everything so far into four short sentences that I can write on a card.",
    "Is there a job in which somebody works with exactly this every day?",
    "How would you explain the same thing to a child of six years?",
    "What should I read or watch next if I want to understand more of it?",
});

}  // namespace science

namespace code {

constexpr auto kSystems = std::to_array<Text>({
    "You are a programming assistant inside a code editor. The user works in Python unless they "
    "say "
    "otherwise. Give short, complete examples that run as they are, with the imports they need, "
    "and explain them in a few sentences below the code. Prefer the standard library. Point out "
    "edge cases such as empty input, negative numbers and large files. When the user's code has a "
    "bug, name the line and the cause before you propose the fix. Say clearly when you are not "
    "sure about the behaviour of a library, and how to check it. Do not rewrite working code for "
    "the sake of style, and never print passwords or keys that appear in the user's files.",
    "You are a patient reviewer who helps people to learn programming. Begin with what is good "
    "about their idea. Then ask what they expect to happen, and explain the difference to what "
    "does happen. Use small examples of at most ten lines. Avoid abbreviations, and introduce "
    "each technical term once, with its meaning.",
});

constexpr auto kTopics = std::to_array<Text>({
    "binary search",
    "recursion",
    "a hash table",
    "list comprehensions",
    "exceptions",
    "regular expressions",
    "a linked list",
    "unit tests",
    "sorting with a key function",
    "reading a CSV file",
    "a simple web server",
    "a least recently used cache",
});

constexpr auto kSituations = std::to_array<Text>({
    "I have been programming for about three months and mostly know loops and functions.",
    "I come from spreadsheets, so some of the vocabulary is new to me.",
    "We talked about this in a job interview and I could not answer well.",
    "I inherited a script at work that uses it, and nobody can explain it.",
    "My code works for small inputs but becomes very slow for large ones.",
    "I am preparing a lesson for a club of beginners at our library.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "Please explain {topic} to me with a short example in Python that I can run.",
    "When should I use {topic}, and when would something simpler be the better choice?",
    "What are typical bugs in code that uses {topic}, and how do I notice them?",
    "How would you explain {topic} to somebody who has only ever used a spreadsheet?",
    "Write a small function that shows {topic}, with a comment on every important line.",
    "How fast is {topic} compared with the obvious alternative, and why is that so?",
    "What do I need to understand before {topic} will make sense to me?",
    "Give me an exercise about {topic}, without the solution, and tell me how to begin.",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "What happens in your example when the input is empty, or when it has only one element?",
    "Could you show the same thing once more, but without using any library functions?",
    "How would I write a test for this? One normal case and one edge case are enough.",
    "Which part of this code takes the most time when the input becomes very large?",
    "I get an error that says the index is out of range. What is the likely cause?",
    "Please rename the variables so that a reader understands them without any comments.",
    "How would this look in another language, for example in C++ or in JavaScript?",
    "Can you explain the second line again? I do not see why it is needed.",
    "What would you change if two parts of the program used it at the same time?",
    "Is there a way to print the steps in between, so that I can follow along?",
    "How much memory does that need, roughly, for a million elements of that kind?",
    "Turn the example into a small class with two methods and a short description.",
    "Which mistakes do beginners make with this, in your experience, and how are they found?",
    "What should I learn next, now that I have understood the basic idea?",
});

}  // namespace code

namespace writing {

constexpr auto kSystems = std::to_array<Text>({
    "You are the writing assistant of an office suite. You draft, shorten and polish texts such as "
    "emails, speeches, notices and short articles. Keep the writer's own voice, prefer short "
    "sentences and active verbs, and leave out empty phrases. Never add facts that the writer did "
    "not give: where something is missing, put a note in square brackets. Return the finished "
    "text first and explain your changes afterwards, in two or three points. If a request would "
    "insult or mislead somebody, propose an honest and polite wording instead. Write British "
    "English unless the writer uses another spelling, and follow any limit on length exactly.",
    "You are a friendly editor at a neighbourhood newspaper. Readers send you drafts and ideas. "
    "Tell them the one change that would help their text most, then show it. Praise only what "
    "deserves it. A notice has at most eighty words, a story at most two hundred, and every text "
    "needs a first sentence that makes people read on.",
});

constexpr auto kTopics = std::to_array<Text>({
    "a birthday speech for a colleague",
    "a notice about a lost cat",
    "a thank-you letter to a teacher",
    "an invitation to a street party",
    "a short story about a lighthouse",
    "a complaint about a late delivery",
    "a poem about the first snow",
    "an article on the new bicycle lane",
    "a farewell card for a neighbour",
    "an application for a summer job",
    "a review of a small bakery",
    "a message that moves a meeting",
});

constexpr auto kSituations = std::to_array<Text>({
    "English is not my first language, so please keep the words simple.",
    "I have tried three times already and every version sounds too stiff.",
    "It should be ready tonight, and I have no idea how to begin.",
    "The people who will read it are mostly older than sixty.",
    "I would like it to be warm, perhaps a little funny, but not silly.",
    "It will be printed on one small page, so there is little room.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "Please write {topic}. About one hundred words would be just right for me.",
    "I need {topic}. Which points should it contain, and in which order?",
    "Could you draft {topic} and leave gaps where I have to fill in the details?",
    "Give me three different first sentences for {topic}, and say which you prefer.",
    "What makes {topic} good? Please explain it to me with a short example.",
    "Help me with {topic}: ask me the three questions that you need answered first.",
    "Write {topic} in the style of somebody who is in a very good mood.",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "I like it. Could you make it about half as long without losing the main point?",
    "The beginning is still a bit dull. Please give me a better first sentence.",
    "Please make it a little more formal, since my manager will read it as well.",
    "Can you add one concrete detail, something that one could see or hear?",
    "Which sentence is the weakest one, in your opinion, and how would you mend it?",
    "Now write the same thing again so that a child of ten would enjoy it.",
    "Suggest a title for it, or a subject line, with no more than six words.",
    "Please check it for mistakes and list whatever you have changed, point by point.",
    "How would it sound if it came from a group of people and not only from me?",
    "Replace any expression that is used too often with something fresher, please.",
    "What could somebody misunderstand here? I would not like to offend anyone by accident.",
    "Please add a friendly closing line, and a sentence about how to reach me.",
    "Turn it into a list of short points that I can read aloud.",
    "Translate the last two sentences into simple French, and explain your choice of words.",
});

}  // namespace writing

namespace home {

constexpr auto kSystems = std::to_array<Text>({
    "You are the help assistant of a shop for house and garden. Customers ask how to grow, mend, "
    "clean and build things. Begin with safety: switch off the power or the water where it "
    "matters, and tell people when a job belongs to a professional, such as anything with gas or "
    "fixed wiring. Then name the tools and the material with amounts, and give the steps in "
    "order. Say how long the job takes for a beginner. Recommend the kind of product, never a "
    "brand. If the season is wrong for what the customer plans, say when to do it instead. Offer "
    "the cheaper way first, and mention what can be borrowed or repaired rather than bought.",
    "You are a gardener and handyman who answers questions on a community radio show. People call "
    "in with small problems. Be practical and cheerful, give the likely cause first, then one "
    "thing to try today and one thing to try if that fails. Speak in short sentences that can be "
    "understood by ear.",
});

constexpr auto kTopics = std::to_array<Text>({
    "tomatoes on a balcony",
    "a dripping tap",
    "a lawn full of moss",
    "a squeaking door",
    "herbs on the window sill",
    "a wall that needs painting",
    "a compost heap",
    "a wobbly wooden chair",
    "roses that lose their leaves",
    "a blocked kitchen sink",
    "a small raised bed",
    "a draughty window",
});

constexpr auto kSituations = std::to_array<Text>({
    "I rent the place, so I cannot drill holes or change anything for good.",
    "I own a hammer, a screwdriver and not much more than that.",
    "My neighbour gave me advice, but I am not sure that it was right.",
    "It has been like this since the winter, and it is getting worse.",
    "I would like to finish it on one Sunday, together with my daughter.",
    "We live in the north, where it stays cool until the middle of May.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "What is the best way to deal with {topic} if I have never done it before?",
    "Which tools and materials do I need for {topic}, and what would they cost?",
    "What are the first things to check when you are faced with {topic}?",
    "How much time should I plan for {topic}, including the shopping and cleaning up?",
    "What do beginners usually do wrong with {topic}? I would like to avoid that.",
    "Is there a cheap way to handle {topic}, or should I call somebody in?",
    "Please explain {topic} to me from the beginning, step by step and without jargon.",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "I tried that and it only helped for a day. What should I look at next?",
    "Which of these steps is the most important one, if I can only do a part?",
    "How can I tell whether I have to replace something or can still repair it?",
    "What season or weather is best for it, and does it matter much?",
    "Is there anything dangerous in this that I should warn my children about?",
    "What could I use from the household, so that I need not buy anything?",
    "How often do I have to do that again over the course of a year?",
    "Please write me a short list of what to buy, with rough amounts.",
    "What does it look like when it has worked? I want to be sure.",
    "My landlord asked about it. Could you help me to explain it to him in two sentences?",
    "Can I do it in the rain or in the evening, or should I wait?",
    "What would a professional do differently, and why does that cost so much?",
    "How do I keep this from happening again next year, with little effort?",
    "Is there a more environmentally friendly way, even if it takes somewhat longer?",
});

}  // namespace home

namespace daily {

constexpr auto kSystems = std::to_array<Text>({
    "You are a helpful assistant for everyday questions. You explain, compare, plan and cheer "
    "people up. Be accurate, admit what you do not know, and keep to what was asked. On questions "
    "of health, law or large sums of money give general information and name the kind of person "
    "who can really help, such as a doctor, a lawyer or a bank adviser. Do not lecture. Prefer "
    "one clear recommendation with its reason over a long list of possibilities, and finish with "
    "the next small step that the person can take today.",
    "You are a coach for study and work. People come to you with too many tasks, too little sleep "
    "and a deadline. Listen first: sum up in one sentence what they said. Then propose a plan "
    "with times, short enough to be kept, and one habit that makes the plan easier. Be kind, be "
    "concrete, and never promise a result. When somebody sounds desperate, advise them to talk to "
    "a person whom they trust.",
});

constexpr auto kTopics = std::to_array<Text>({
    "learning Spanish",
    "running a first ten kilometres",
    "sleeping better",
    "saving money for a bicycle",
    "reading more books",
    "public speaking",
    "getting a dog",
    "a job interview",
    "working from home",
    "learning the guitar",
    "moving to another town",
    "spending less time on the phone",
});

constexpr auto kSituations = std::to_array<Text>({
    "I work full time and rarely have more than half an hour in the evening.",
    "I have started twice before and gave up after about two weeks.",
    "My flatmate wants to join in, which may be a good thing or a bad one.",
    "I am fifty-eight and have not done anything like this since school.",
    "There is a date in three months by which I would like to be ready.",
    "Everybody gives me different advice, and by now I am rather confused.",
});

constexpr auto kOpenings = std::to_array<Text>({
    "I am thinking about {topic}. What should I do in the first week?",
    "What are good reasons for and against {topic}? Please be fair to both sides.",
    "Could you make me a simple plan for {topic} that covers the next month?",
    "What do people usually underestimate about {topic}, and how could I prepare for it?",
    "How will I notice that I am making progress with {topic}? Numbers would be nice.",
    "Which small habits help most with {topic}, in your opinion, and why those?",
    "Tell me honestly how hard {topic} is for somebody who is rather lazy.",
});

constexpr auto kFollowUps = std::to_array<Text>({
    "That is a good start. What would you do on a day when everything goes wrong?",
    "I only have fifteen minutes a day. Which part of your plan should I keep?",
    "How do I explain this to my family, so that they support me in it?",
    "What does it cost, roughly, and where could I save something without regretting it?",
    "Please turn your advice into a table with one row for every day of the week.",
    "How long will it take until I see a difference, if I am patient?",
    "Which mistake would set me back the most, and how can I avoid making it?",
    "I am more of an evening person. Does that change anything in your plan?",
    "Could you give me one sentence that I can put on my wall as a reminder?",
    "What would you say to a friend who wants to give up at this point?",
    "Is there any research about this, or is it mostly experience and common sense?",
    "Give me three questions that I should ask myself at the end of each week.",
    "How can I reward myself along the way without undoing what I have reached?",
    "Let us suppose that it works. What would be a sensible next goal after that?",
});

}  // namespace daily

constexpr auto kSubjects = std::to_array<ChatSubject>({
    {cooking::kSystems, cooking::kTopics, cooking::kSituations, cooking::kOpenings,
     cooking::kFollowUps},
    {travel::kSystems, travel::kTopics, travel::kSituations, travel::kOpenings, travel::kFollowUps},
    {science::kSystems, science::kTopics, science::kSituations, science::kOpenings,
     science::kFollowUps},
    {code::kSystems, code::kTopics, code::kSituations, code::kOpenings, code::kFollowUps},
    {writing::kSystems, writing::kTopics, writing::kSituations, writing::kOpenings,
     writing::kFollowUps},
    {home::kSystems, home::kTopics, home::kSituations, home::kOpenings, home::kFollowUps},
    {daily::kSystems, daily::kTopics, daily::kSituations, daily::kOpenings, daily::kFollowUps},
});

constexpr auto kWishes = std::to_array<Text>({
    "Please keep the answer short, since I am reading it on my phone.",
    "A short list would be easiest for me to follow.",
    "Two or three sentences are enough.",
    "Please explain any unusual word that you use.",
    "If there are several ways, tell me which one you would choose.",
    "An example would help me a lot.",
    "Please do not repeat what you have said already.",
    "Take your time, I would like to understand it properly.",
    "I am in a hurry, so the most important thing first, please.",
    "If you are not sure about something, just say so.",
});

}  // namespace

std::span<const ChatSubject> chat_subjects() { return kSubjects; }

std::span<const std::string_view> chat_wishes() { return kWishes; }

}  // namespace kvsim
