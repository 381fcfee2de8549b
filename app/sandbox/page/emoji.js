// Shortcodes of the emoji that people and playbooks use, and their characters.

const EMOJI = Object.fromEntries(`
rotating_light 🚨 red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 blue_circle 🔵
large_purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_white_circle ⚪ red_square 🟥 large_red_square 🟥 large_orange_square 🟧
large_yellow_square 🟨 large_green_square 🟩 white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ white_large_square ⬜ x ❌
no_entry ⛔ no_entry_sign 🚫 bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 pushpin 📌 round_pushpin 📍 warning ⚠️ fire 🔥 firefighter 🧑‍🚒
fire_engine 🚒 ambulance 🚑 eyes 👀 raised_hands 🙌 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 wave 👋 pray 🙏 tada 🎉
rocket 🚀 bug 🐛 memo 📝 pencil ✏️ clipboard 📋 page_facing_up 📄 book 📖 books 📚 bookmark 🔖 link 🔗 paperclip 📎 calendar 📅 date 📅
spiral_calendar_pad 🗓️ clock1 🕐 clock3 🕒 alarm_clock ⏰ timer_clock ⏲️ stopwatch ⏱️ hourglass ⌛ hourglass_flowing_sand ⏳
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 mag 🔍 bulb 💡 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️ lock 🔒 unlock 🔓
key 🔑 shield 🛡️ zap ⚡ boom 💥 siren 🚨 sos 🆘 information_source ℹ️ question ❓ exclamation ❗ bangbang ‼️ heavy_plus_sign ➕ arrow_up ⬆️
arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️ arrows_counterclockwise 🔄 repeat 🔁 leftwards_arrow_with_hook ↩️ double_vertical_bar ⏸️
arrow_forward ▶️ black_square_for_stop ⏹️ checkered_flag 🏁 triangular_flag_on_post 🚩 star ⭐ sparkles ✨ heart ❤️ green_heart 💚 100 💯
speech_balloon 💬 thought_balloon 💭 email 📧 envelope ✉️ inbox_tray 📥 outbox_tray 📤 phone ☎️ telephone_receiver 📞 pager 📟 iphone 📱
computer 💻 desktop_computer 🖥️ satellite 🛰️ globe_with_meridians 🌐 busts_in_silhouette 👥 bust_in_silhouette 👤 office 🏢 package 📦
file_folder 📁 wastebasket 🗑️ construction 🚧 snowflake ❄️ cloud ☁️ sunny ☀️ thinking_face 🤔 slightly_smiling_face 🙂 smile 😄 sob 😭
sweat_smile 😅 scream 😱 sleeping 😴 zzz 💤 robot_face 🤖 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ heavy_minus_sign ➖ point_right 👉 point_up ☝️
`.trim().split(/\s+/).reduce((pairs, word, i, all) => (i % 2 ? pairs : [...pairs, [word, all[i + 1]]]), []));

export const emojiFor = (name) => EMOJI[name.replace(/::skin-tone-\d/, "")];
