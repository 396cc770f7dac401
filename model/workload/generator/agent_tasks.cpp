#include "model/workload/generator/agent_tasks.hpp"

#include <array>

namespace kvsim {
namespace {

using Text = std::string_view;

namespace repository {

constexpr Text kInstruction =
    "You are an autonomous software engineer who works in a copy of a repository. You are given "
    "one task. Work in small steps: think about what you need to know, call exactly one tool, read "
    "its result, and decide what to do next. Stop when the task is done and the tests pass.\n"
    "\n"
    "Rules:\n"
    "- Read a file before you change it. Never guess what a function does.\n"
    "- Make the smallest change that solves the task. Leave formatting, names and comments alone "
    "unless the task is about them.\n"
    "- After every change run the tests of the part that you touched, and at the end all of them.\n"
    "- If a test fails that failed before your change too, say so and go on.\n"
    "- Do not install packages, do not use the network, and do not touch files outside the "
    "repository.\n"
    "- When two solutions are equally good, choose the one that is easier to read.\n"
    "\n"
    "Tools:\n"
    "- list_files(folder): the names and sizes of the files in a folder.\n"
    "- read_file(path, first_line, last_line): the lines of a text file with their numbers.\n"
    "- search(text, folder): every line that contains the text, with file and line number.\n"
    "- edit_file(path, old_text, new_text): replaces a text that occurs exactly once.\n"
    "- run_tests(pattern): runs the tests whose name matches and returns the end of their output.\n"
    "- finish(summary): ends the work with a summary of at most three sentences.\n"
    "\n"
    "Answer in this form and in no other: first a line that begins with THOUGHT and says in one "
    "or two sentences what you have learned and what you want to do; then a line that begins with "
    "CALL and holds one tool call with its arguments in quotation marks. Tool results come back "
    "to you in the next message. They may be cut after a number of lines; ask for the part that "
    "you need.";

constexpr auto kTasks = std::to_array<Text>({
    "Task: the command that exports the monthly report fails when a customer has no orders. Find "
    "the cause, mend it and add a test for a customer without orders.",
    "Task: the search page shows results of deleted articles until the server is restarted. Make "
    "a deletion visible at once and explain which cache kept the old results.",
    "Task: times in the log file are written in local time. Change them to UTC everywhere and "
    "adapt the two tests that compare log lines.",
    "Task: uploading a picture larger than ten megabytes takes minutes. Find out which step is "
    "slow, and propose a change that does not alter the stored files.",
    "Task: the settings file accepts misspelt options without a word. Make the program refuse an "
    "unknown option and name the nearest one that exists.",
    "Task: two workers sometimes process the same job. Find where a job is claimed, make that "
    "step safe, and write a test that fails without your change.",
});

constexpr auto kListing = std::to_array<Text>({
    "src/report/export.py            {n} bytes",
    "src/report/monthly.py           {n} bytes",
    "src/search/index.py             {n} bytes",
    "src/search/cache.py             {n} bytes",
    "src/jobs/queue.py               {n} bytes",
    "src/jobs/worker.py              {n} bytes",
    "src/settings/options.py         {n} bytes",
    "src/upload/picture.py           {n} bytes",
    "src/log/format.py               {n} bytes",
    "tests/test_report.py            {n} bytes",
    "tests/test_search.py            {n} bytes",
    "tests/test_jobs.py              {n} bytes",
    "docs/operations.md              {n} bytes",
    "README.md                       {n} bytes",
});

constexpr auto kSource = std::to_array<Text>({
    "  {m}  def total(orders):",
    "  {m}      \"\"\"Sum of all orders in cents.\"\"\"",
    "  {m}      return sum(order.amount for order in orders)",
    "  {m}  def average(orders):",
    "  {m}      return total(orders) / len(orders)",
    "  {m}  class Queue:",
    "  {m}      def claim(self, worker):",
    "  {m}          job = self.first_waiting()",
    "  {m}          job.worker = worker",
    "  {m}          self.store.save(job)",
    "  {m}  def lookup(term):",
    "  {m}      if term in _cache:",
    "  {m}          return _cache[term]",
    "  {m}      result = index.find(term, limit={n})",
    "  {m}      _cache[term] = result",
    "  {m}  def stamp(now=None):",
    "  {m}      now = now or datetime.now()",
    "  {m}      return now.strftime(\"%Y-%m-%d %H:%M:%S\")",
    "  {m}  def read_options(path):",
    "  {m}      known = dict(DEFAULTS, retries={n})",
});

constexpr auto kMatches = std::to_array<Text>({
    "src/report/monthly.py:{m}: rows = [line(c, average(c.orders)) for c in customers]",
    "src/report/export.py:{m}: from report.monthly import average, total",
    "src/search/cache.py:{m}: _cache = dict()  # term -> list of articles",
    "src/search/index.py:{m}: def remove(self, article): self.articles.pop(article.id)",
    "src/jobs/worker.py:{m}: job = queue.claim(self.name)",
    "src/jobs/queue.py:{m}: # callers hold no lock here",
    "src/log/format.py:{m}: line = stamp() + \" \" + level + \" \" + text",
    "src/settings/options.py:{m}: return dict(known, **given)",
    "src/upload/picture.py:{m}: for size in (2000, 1000, {n}): resize(picture, size)",
    "tests/test_report.py:{m}: assert average([order(200), order(400)]) == 300",
    "tests/test_jobs.py:{m}: def test_claim_returns_the_oldest_job():",
    "docs/operations.md:{m}: Restart the server after large imports.",
});

constexpr auto kTestOutput = std::to_array<Text>({
    "tests/test_report.py::test_total_of_two_orders PASSED in {m} ms",
    "tests/test_report.py::test_export_writes_a_header PASSED in {m} ms",
    "tests/test_report.py::test_customer_without_orders FAILED in {m} ms",
    "    ZeroDivisionError: division by zero (src/report/monthly.py, line {m})",
    "tests/test_search.py::test_new_article_is_found PASSED in {m} ms",
    "tests/test_search.py::test_deleted_article_is_gone FAILED in {m} ms",
    "    AssertionError: found {m} articles, expected 0",
    "tests/test_jobs.py::test_claim_returns_the_oldest_job PASSED in {m} ms",
    "tests/test_jobs.py::test_two_workers_never_share_a_job FAILED in {m} ms",
    "tests/test_settings.py::test_default_options PASSED in {m} ms",
    "tests/test_log.py::test_line_begins_with_a_time PASSED in {m} ms",
    "{m} tests were not selected by the pattern",
});

constexpr auto kTools = std::to_array<AgentTool>({
    {"list_files", "files below src, tests and docs:", kListing},
    {"read_file", "lines of the file, of {n} in all:", kSource},
    {"search", "{m} lines match, these among them:", kMatches},
    {"run_tests", "ran {m} tests in {n} ms:", kTestOutput},
});

}  // namespace repository

namespace analyst {

constexpr Text kInstruction =
    "You are a data analyst of a company that rents out bicycles in six cities. Colleagues ask you "
    "questions about the business, and you answer them from the company's tables. You cannot see "
    "the tables; you have tools that query them. Think about which table holds the answer, query "
    "it, check whether the result is plausible, and only then draw a conclusion.\n"
    "\n"
    "The tables:\n"
    "- trips: one row a trip, with city, start, end, minutes, kilometres, bicycle and price.\n"
    "- bicycles: one row a bicycle, with city, model, year of purchase and state.\n"
    "- stations: one row a station, with city, name, number of docks and height above the river.\n"
    "- repairs: one row a repair, with bicycle, date, part, minutes of work and cost.\n"
    "- weather: one row a city and day, with temperature, rain and wind.\n"
    "\n"
    "The tools:\n"
    "- describe(table): columns, number of rows, and the range of each column.\n"
    "- query(table, columns, condition, group, order): rows of a table, at most forty.\n"
    "- compare(first, second): difference, ratio, and whether it may be chance.\n"
    "- answer(text): gives the answer to the colleague and ends the work.\n"
    "\n"
    "Rules:\n"
    "- Give every number with its unit, its period and the table that it comes from.\n"
    "- A month with fewer than a hundred trips says little: mention it when you use it.\n"
    "- Never add up averages. Never compare cities without looking at the number of bicycles.\n"
    "- If the data cannot answer the question, say what would be needed.\n"
    "- Colleagues are no statisticians: explain in plain words, in at most five sentences.\n"
    "\n"
    "In each message either call exactly one tool or give the answer. Say first, in one sentence, "
    "why you do it.";

constexpr auto kTasks = std::to_array<Text>({
    "Question from operations: in which city should we build ten more docks first, and at which "
    "station? Please base it on the evenings of the last summer.",
    "Question from finance: did the repairs become more expensive last year because of the older "
    "bicycles, or because of the higher prices of parts?",
    "Question from marketing: do people ride longer on warm days, or do just more of them ride? "
    "We would like to plan the spring campaign accordingly.",
    "Question from the workshop: which part fails first on the newer model, and after how many "
    "kilometres on average? We want to order spares.",
    "Question from the city council: how many car trips could our bicycles have replaced in the "
    "last twelve months? A careful estimate is enough.",
});

constexpr auto kTrips = std::to_array<Text>({
    "city Ahlen     month {m}  trips {n}  mean minutes 14.2  mean price 2.10",
    "city Brück     month {m}  trips {n}  mean minutes 17.8  mean price 2.45",
    "city Corvey    month {m}  trips {n}  mean minutes 12.5  mean price 1.95",
    "city Dornum    month {m}  trips {n}  mean minutes 21.1  mean price 2.80",
    "city Elsfleth  month {m}  trips {n}  mean minutes 16.4  mean price 2.30",
    "city Forst     month {m}  trips {n}  mean minutes 15.0  mean price 2.15",
    "of these, trips on days with rain: {n}",
    "of these, trips that begin and end at the same station: {m}",
    "trips without an end, left out: {m}",
});

constexpr auto kRepairs = std::to_array<Text>({
    "part brake pads    repairs {m}  mean work 18 minutes  mean cost 9.40",
    "part chain         repairs {m}  mean work 25 minutes  mean cost 21.70",
    "part front light   repairs {m}  mean work 12 minutes  mean cost 14.10",
    "part tyre, rear    repairs {m}  mean work 22 minutes  mean cost 17.90",
    "part lock          repairs {m}  mean work 35 minutes  mean cost 48.00",
    "part saddle        repairs {m}  mean work 10 minutes  mean cost 19.50",
    "bicycles bought before the last model change: {n} repairs",
    "bicycles bought after the last model change: {n} repairs",
});

constexpr auto kStations = std::to_array<Text>({
    "station Market Square   docks {m}  full on {n} evenings",
    "station Old Harbour     docks {m}  full on {n} evenings",
    "station University      docks {m}  full on {n} evenings",
    "station North Gate      docks {m}  full on {n} evenings",
    "station Hospital        docks {m}  empty on {n} mornings",
    "station Railway Bridge  docks {m}  empty on {n} mornings",
    "station Museum Island   docks {m}  empty on {n} mornings",
});

constexpr auto kTools = std::to_array<AgentTool>({
    {"query", "table trips, {n} rows read:", kTrips},
    {"query", "table repairs, {n} rows read:", kRepairs},
    {"query", "table stations, {m} rows read:", kStations},
});

}  // namespace analyst

namespace support {

constexpr Text kInstruction =
    "You are the support agent of an online shop for outdoor equipment. Customers write to you, "
    "and you settle their matter from beginning to end with the tools below. You see one message "
    "at a time: of the customer, or of a tool. Never promise what the rules do not allow.\n"
    "\n"
    "Tools:\n"
    "- find_customer(email): name, address, and the numbers of the latest orders.\n"
    "- show_order(number): articles, prices, payments and the state of the delivery.\n"
    "- track_parcel(number): where the parcel has been, and when.\n"
    "- start_return(order, article, reason): makes a label and sends it to the customer.\n"
    "- refund(order, amount, reason): pays back at most the price that was paid.\n"
    "- pass_on(department, summary): hands the matter to a person, with a summary.\n"
    "\n"
    "Rules of the shop:\n"
    "- Unused articles may be returned within thirty days of delivery. Tents and sleeping bags "
    "only with their bag and label.\n"
    "- A parcel counts as lost ten days after its last scan. Then the customer chooses between "
    "a new parcel and the money.\n"
    "- Damage that was caused by transport is refunded in full when there is a photograph.\n"
    "- A refund above two hundred euros needs the approval of a person: pass it on.\n"
    "- Never give the address or an order of one customer to another one.\n"
    "- Discounts cannot be granted afterwards, whatever the reason.\n"
    "- Questions about injuries go to the safety department at once.\n"
    "\n"
    "Style: greet once, call the customer by name, be brief and friendly, and say what happens "
    "next and when. Apologise only for what the shop did wrong. In each message either call one "
    "tool or write to the customer, never both. Before you use refund or start_return, repeat the "
    "order and the article, and wait for the customer to confirm.";

constexpr auto kTasks = std::to_array<Text>({
    "Customer: Hello, my tent came with a broken pole. The carton looked as if somebody had stood "
    "on it. I leave for my holidays on Friday. What can you do for me?",
    "Customer: Good evening, I ordered two pairs of boots to try them on and would like to send "
    "the smaller pair back, please. How does it work?",
    "Customer: My parcel has not moved for a week. The page says that it is in a sorting centre. "
    "Is it lost? I would prefer to have my money back.",
    "Customer: I paid by bank transfer, but my order is still waiting for payment. I can send a "
    "picture of my statement, if that helps.",
    "Customer: The stove that I bought in spring suddenly made a very large flame. Nobody was "
    "hurt. I do not dare to use it again. What should I do?",
});

constexpr auto kOrders = std::to_array<Text>({
    "article {n}: tent for two persons, 1 piece, delivered",
    "article {n}: hiking boots, size 41, 1 pair, delivered",
    "article {n}: hiking boots, size 42, 1 pair, delivered",
    "article {n}: gas stove, 1 piece, delivered",
    "article {n}: sleeping bag, light, 1 piece, on its way",
    "article {n}: rain jacket, blue, 1 piece, on its way",
    "payment: bank transfer, {m} euros, received",
    "payment: card, {m} euros, settled",
    "note: the customer asked for delivery to a neighbour, house number {m}",
});

constexpr auto kParcel = std::to_array<Text>({
    "day {m}, 06:12: left the warehouse, weight {n} grams",
    "day {m}, 11:40: arrived in the sorting centre north",
    "day {m}, 19:05: left the sorting centre north",
    "day {m}, 23:58: arrived in the sorting centre south",
    "day {m}, 08:31: loaded for delivery, tour {n}",
    "day {m}, 14:20: nobody at home, a card was left",
    "day {m}, 16:02: handed to a neighbour",
});

constexpr auto kReplies = std::to_array<Text>({
    "Customer: Yes, that is the right order. Its number ends with {m}.",
    "Customer: I have a photograph and can send it today.",
    "Customer: Thank you. Will it arrive before Friday, do you think?",
    "Customer: I would rather have the money than a new one.",
    "Customer: The label has not arrived yet. Could you send it once more?",
    "Customer: By the way, I moved last month. The house number is {m} now.",
    "Customer: Please go ahead, I confirm it.",
});

constexpr auto kTools = std::to_array<AgentTool>({
    {"show_order", "order {n}:", kOrders},
    {"track_parcel", "parcel {n}:", kParcel},
    {"inbox", "new messages:", kReplies},
});

}  // namespace support

constexpr auto kRoles = std::to_array<AgentRole>({
    {repository::kInstruction, repository::kTasks, repository::kTools},
    {analyst::kInstruction, analyst::kTasks, analyst::kTools},
    {support::kInstruction, support::kTasks, support::kTools},
});

constexpr auto kRequests = std::to_array<Text>({
    "Go on with the next step.",
    "What do you conclude from this, and what do you do next?",
    "Continue. Remember: one tool call at a time.",
    "Say in one sentence what you learned, then go on.",
    "Is that what you expected? Take the next step.",
});

}  // namespace

std::span<const AgentRole> agent_roles() { return kRoles; }

std::span<const std::string_view> agent_requests() { return kRequests; }

}  // namespace kvsim
